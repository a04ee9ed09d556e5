type Log = (fields: object, message: string) => void;

/**
 * Writes log lines; a subset of pino's logger. It must never get a token, a key, a message's text, event data
 * or a URL with a password.
 */
export interface Logger {
  debug: Log;
  info: Log;
  warn: Log;
  error: Log;
}

const nothing = () => {};
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
