import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { ADDRESS_NOT_ALLOWED } from '../../core/validation/webhook/webhook-url.js';
import type { ResolveName } from './name-resolver.js';

/** Tells that a name leads to no address that may be reached. */
export class AddressNotAllowed extends Error {
  override readonly name = 'AddressNotAllowed';
  constructor() {
    super(ADDRESS_NOT_ALLOWED);
  }
}

interface GuardOptions {
  /** Judges an address that is about to be connected to at this URL, which has no path. */
  permits(origin: URL, address: string): boolean;
  resolve: ResolveName;
  /** Gives up connecting after so many milliseconds. */
  timeoutMs: number;
  /** Certificates that are trusted beside the usual ones, for tests. */
  ca?: string | undefined;
}

type Callback = Parameters<LookupFunction>[2];

/** Answers as `dns.lookup` does, with the addresses that are permitted alone. */
async function lookUp(name: string, permits: (address: string) => boolean, resolve: ResolveName, answer: Callback) {
  try {
    const found = (await resolve(name)).filter(permits);
    if (found.length === 0) throw new AddressNotAllowed();
    answer(
      null,
      found.map((address) => ({ address, family: isIP(address) })),
    );
  } catch (error) {
    answer(error as NodeJS.ErrnoException, []);
  }
}

/**
 * Makes connections to permitted addresses alone. A name is looked up here, once, and what is connected to is
 * one of the addresses that were judged: nobody can give another answer in between. Certificates are
 * verified, whatever the environment says.
 */
export function guardedConnector({ permits, resolve, timeoutMs, ca }: GuardOptions): buildConnector.connector {
  const tls = { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) };
  return (options, callback) => {
    const origin = new URL(`${options.protocol}//${options.host ?? options.hostname}`);
    const mayConnect = (address: string) => permits(origin, address);
    const literal = options.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(literal) !== 0 && !mayConnect(literal)) return callback(new AddressNotAllowed(), null);
    const connect = buildConnector({
      ...tls,
      timeout: timeoutMs,
      autoSelectFamily: true,
      lookup: (name, _options, answer) => void lookUp(name, mayConnect, resolve, answer),
    });
    connect({ ...options, hostname: literal }, (error, socket) => {
      if (error !== null || socket === null) return callback(error ?? new Error('no socket'), null);
      if (mayConnect(socket.remoteAddress ?? '')) return callback(null, socket);
      socket.destroy();
      callback(new AddressNotAllowed(), null);
    });
  };
}
