import { isatty } from 'node:tty';
import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { Logger } from '../core/ports/logger.js';

export interface LoggingOptions {
  level: string;
  /** File descriptor. */
  fd?: number;
}

/** Names of fields that must never be logged, should anybody hand them over after all. */
const SECRET_FIELDS = [
  'token',
  'key',
  'apiKey',
  'x-api-key',
  'authorization',
  'password',
  'secret',
  'connectionUri',
  'databaseUrl',
  'redisUrl',
  'text',
  'data',
];

/** A recipient token, an API key, a password in a URL. */
const SECRETS = [
  [/eyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[token]'],
  [/tk_[\w-]{20,}/g, '[key]'],
  [/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi, '$1:[password]@'],
] as const;

const clean = (text: string) => SECRETS.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), text);

/** JSON lines on standard output, made readable on a terminal. */
export function createLogger({ level, fd = 1 }: LoggingOptions): Logger {
  const paths = SECRET_FIELDS.flatMap((name) => (name.includes('-') ? [`["${name}"]`, `*["${name}"]`] : [name, `*.${name}`]));
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths, censor: '[secret]' },
    serializers: { error: describe, err: describe },
    // Whatever way a secret takes into a line, it does not leave in it.
    hooks: { streamWrite: clean },
  };
  if (!isatty(fd)) return pino(options, pino.destination({ fd, sync: true }));
  return pino(options, pretty({ destination: fd, sync: true, ignore: 'pid', translateTime: 'SYS:HH:MM:ss' }));
}

/** Errors of the database carry values of the row that was refused in `detail`; only what is named here is logged. */
function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  return {
    type: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: describe(error.cause) }),
  };
}
