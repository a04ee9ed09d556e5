import type { Io } from '../io.js';
import { print } from '../print.js';
import { readLifetime } from './expiry-option.js';
import { type ClientOptions, withClient } from './open-client.js';

interface TokenOptions extends ClientOptions {
  topic?: string;
  origin?: string;
  sourceIp?: string;
  expires?: string;
  subscribe?: string[];
  publish?: string[];
}

/** Prints a recipient's token, and the URI to connect to. */
export async function printToken(io: Io, recipient: string, options: TokenOptions): Promise<void> {
  const { topic = null, origin = null, sourceIp = null, subscribe = null, publish = null, expires } = options;
  const expiresIn = expires === undefined ? null : readLifetime(expires, Date.now());
  const input = { recipient, topic, origin, sourceIp, subscribe, publish, expiresIn };
  const made = await withClient(io, options, (tidings) => tidings.registerRecipient(input));
  print(io, options.json ?? false, made, [made.token, made.connectionUri]);
  if (!options.json) io.err(`good until ${made.expiresAt}, any number of times\n`);
}
