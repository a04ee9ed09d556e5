import { lookup, Resolver } from 'node:dns/promises';
import { FairSemaphore } from '../../lib/fair-semaphore.js';

/** Finds the addresses of a name. */
export type ResolveName = (name: string) => Promise<string[]>;

/** Waits this many milliseconds for a name server, twice. */
const TIMEOUT_MS = 2_500;
const TRIES = 2;
/** Asks the system about so many names at a time. It has four threads, and files are read by them, too. */
const SYSTEM_LOOKUPS = 2;

/** Says that no name server knows the name, or that there is none to ask. */
const UNKNOWN = new Set(['ENOTFOUND', 'ENODATA', 'ECONNREFUSED', 'EREFUSED', 'EBADNAME']);

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';

/**
 * Asks name servers without the threads of the system's own lookup, which one slow name server would hold
 * against everything else that needs them. What servers do not know, such as a name of `/etc/hosts`, the
 * system is asked for, two at a time.
 */
export function createNameResolver(): ResolveName {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  const system = new FairSemaphore(SYSTEM_LOOKUPS);

  async function askSystem(name: string): Promise<string[]> {
    await system.acquire(name);
    try {
      return (await lookup(name, { all: true })).map(({ address }) => address);
    } finally {
      system.release();
    }
  }

  return async (name) => {
    // Both loop back, whatever a name server says (RFC 6761, section 6.3).
    if (/(^|\.)localhost\.?$/i.test(name)) return ['127.0.0.1', '::1'];
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (found.length > 0) return found;
    const failed = answers.find((answer) => answer.status === 'rejected' && !UNKNOWN.has(codeOf(answer.reason)));
    if (failed?.status === 'rejected') throw failed.reason;
    return askSystem(name);
  };
}
