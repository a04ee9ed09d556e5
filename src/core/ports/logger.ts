type Log = (fields: object, message: string) => void;

/** The part of pino's logger that we use. Never hand it a token, a key, a message's text, event data or a URL with a password. */
export interface Logger {
  debug: Log;
  info: Log;
  warn: Log;
  error: Log;
}

const nothing = () => {};
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
