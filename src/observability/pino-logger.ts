import { isatty } from 'node:tty';
import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { Logger } from '../core/ports/logger.js';

interface LoggingOptions {
  level: string;
  /** File descriptor to write to. */
  fd?: number;
}

/** Names fields that are never logged, should anybody hand them over after all. */
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

/** Matches a recipient token, an API key and a password in a URL. */
const SECRETS = [
  [/eyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[token]'],
  [/tk_[\w-]{20,}/g, '[key]'],
  [/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi, '$1:[password]@'],
] as const;

const clean = (text: string) => SECRETS.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), text);

/** Writes JSON lines to standard output; on a terminal it makes them readable. */
export function createPinoLogger({ level, fd = 1 }: LoggingOptions): Logger {
  const paths = SECRET_FIELDS.flatMap((name) => (name.includes('-') ? [`["${name}"]`, `*["${name}"]`] : [name, `*.${name}`]));
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths, censor: '[secret]' },
    serializers: { error: describe, err: describe },
    // Catches a secret whatever way it took into the line.
    hooks: { streamWrite: clean },
  };
  if (!isatty(fd)) return pino(options, pino.destination({ fd, sync: true }));
  return pino(options, pretty({ destination: fd, sync: true, ignore: 'pid', translateTime: 'SYS:HH:MM:ss' }));
}

/** Describes an error by these fields only. A database error's `detail` has values of the refused row. */
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
