import { readFileSync } from 'node:fs';
import {
  ConnectionError,
  ForbiddenError,
  RateLimitedError,
  Tidings,
  TidingsError,
  UnauthenticatedError,
} from '../../../packages/sdk/src/index.js';
import { CommandFailed } from '../../app/command-failed.js';
import { loadClientSettings } from '../../config/index.js';
import type { Io } from '../io.js';
import { WrongUse } from './wrong-use.js';

/** Options that every command has which asks an API node. */
export interface ClientOptions {
  url?: string;
  keyFile?: string;
  json?: boolean;
}

/** Goes on asking for so long where nothing answers, in milliseconds: somebody sits before the screen. */
const RETRY_FOR_MS = 10_000;

/** Gives a command a client of the service, and says in one line what to do where that fails. */
export async function withClient<T>(io: Io, options: ClientOptions, use: (tidings: Tidings) => Promise<T>): Promise<T> {
  const settings = io.environment === null ? loadClientSettings() : loadClientSettings(io.environment);
  const url = options.url ?? settings.url;
  if (!url) throw new WrongUse('no API node is named: give its address by TIDINGS_URL or --url, such as http://127.0.0.1:4000');
  const apiKey = options.keyFile === undefined ? settings.apiKey : readKey(options.keyFile);
  if (!apiKey) {
    throw new WrongUse(
      'no API key is given: set TIDINGS_API_KEY, or name a file that holds it by TIDINGS_API_KEY_FILE or --key-file',
    );
  }
  try {
    return await use(openClient(io, url, apiKey));
  } catch (error) {
    throw error instanceof TidingsError ? new CommandFailed(wordsOf(error, url)) : error;
  }
}

function openClient(io: Io, url: string, apiKey: string): Tidings {
  let told = false;
  try {
    return new Tidings({
      url,
      apiKey,
      retryForMs: RETRY_FOR_MS,
      onRetry: ({ error }) => {
        // Nobody listens there: whoever has mistyped the address need not wait for that.
        if (error instanceof ConnectionError && error.outcome === 'NOT_ACCEPTED') throw error;
        if (!told) io.err(`tidings: ${error.message}; trying again for ${RETRY_FOR_MS / 1000} s\n`);
        told = true;
      },
    });
  } catch (error) {
    if (error instanceof TypeError) throw new WrongUse(error.message.replace(/^url/, '--url').replace(/^apiKey/, 'the API key'));
    throw error;
  }
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new WrongUse(`--key-file names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function wordsOf(error: TidingsError, url: string): string {
  if (error instanceof UnauthenticatedError) {
    return `the API key is refused: it is not one of ${url}, has expired or was revoked ("tidings key list" shows an installation's keys)`;
  }
  if (error instanceof ForbiddenError) {
    const field = error.operation === null ? 'what this command asks' : error.operation;
    return `the API key's scope does not grant ${field}: ${error.message}`;
  }
  if (error instanceof ConnectionError) {
    return `nothing answers at ${url} (${error.message}): does an API node run there? TIDINGS_URL or --url names it`;
  }
  if (error instanceof RateLimitedError) return `${error.message} (again in ${error.retryAfter ?? 1} s)`;
  const where = error.field === null || error.message.includes(error.field) ? '' : ` (${error.field})`;
  return `${error.message}${where}`;
}

/** Gives work a signal that a stop of the command aborts. */
export async function untilStopped<T>(io: Io, work: (stop: AbortSignal) => Promise<T>): Promise<T | null> {
  const controller = new AbortController();
  const off = io.onStopSignal(() => controller.abort());
  try {
    return await work(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) return null;
    throw error;
  } finally {
    off();
  }
}
