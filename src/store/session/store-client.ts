import pg from 'pg';
import { awakeTimers } from '../../lib/time/awake-timers.js';
import { columnTypes } from './column-types.js';

/**
 * Settings of the session that are asked for as it begins. Whatever stands between us and the server takes
 * these two: the drivers of half the world send them. PgBouncer keeps them for each of its clients.
 */
const STARTUP = { DateStyle: 'ISO, MDY', TimeZone: 'UTC' };

type Startup = Record<string, string>;

/** Members of pg's client that its types leave out. */
interface Untyped {
  readonly connection: pg.Connection;
  getStartupConf(): Startup;
}
const Base = pg.Client as unknown as new (config: pg.ClientConfig) => pg.Client & Untyped;

type Connected = (error: Error | null) => void;

/** Waits so many milliseconds for a connection, where nothing else is asked for. */
const CONNECT_TIMEOUT_MS = 2_500;

/**
 * Pg's client in a session that writes dates in one way, whatever the database's defaults are.
 *
 * The time limit of its connect is its own: pg's, and that of its pool, end a connection whose answer came
 * while the process stood still.
 */
export class StoreClient extends Base {
  readonly #timeoutMs: number;

  constructor(config: pg.ClientConfig = {}) {
    super({ ...config, connectionTimeoutMillis: 0, types: columnTypes });
    this.#timeoutMs = config.connectionTimeoutMillis || CONNECT_TIMEOUT_MS;
  }

  override connect(): Promise<this>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<pg.Client> | undefined {
    const cancel = awakeTimers.after(this.#timeoutMs, () => this.connection.stream.destroy(new Error('timeout expired')));
    this.once('connect', cancel);
    this.once('end', cancel);
    if (callback === undefined) return super.connect();
    super.connect(callback);
    return undefined;
  }

  override getStartupConf(): Startup {
    return { ...super.getStartupConf(), ...STARTUP };
  }
}
