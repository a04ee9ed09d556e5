import pg from 'pg';

/**
 * Settings of the session that are asked for as it begins. Whatever stands between us and the server takes
 * these two: the drivers of half the world send them. PgBouncer keeps them for each of its clients.
 */
const STARTUP = { DateStyle: 'ISO, MDY', TimeZone: 'UTC' };

type Reader = (text: string) => unknown;

/** Reads a date as pg does. What it cannot read is an error, never null: null means that there is none. */
const dateReader = (read: Reader) => (text: string) => {
  const date = read(text);
  if (date instanceof Date && !Number.isNaN(date.getTime())) return date;
  throw new Error('the database sent a date that cannot be read');
};

const { DATE, TIMESTAMP, TIMESTAMPTZ } = pg.types.builtins;
const DATES = new Map<number, Reader>(
  [DATE, TIMESTAMP, TIMESTAMPTZ].map((oid) => [oid, dateReader(pg.types.getTypeParser(oid))]),
);

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => DATES.get(oid) ?? pg.types.getTypeParser(oid, format as 'text'),
};

type Startup = Record<string, string>;

/** pg's client has this method; its types leave it out. */
const Base = pg.Client as unknown as new (config: pg.ClientConfig) => pg.Client & { getStartupConf(): Startup };

/** Pg's client in a session that writes dates in one way, whatever the database's defaults are. */
export class StoreClient extends Base {
  constructor(config: pg.ClientConfig = {}) {
    super({ ...config, types });
  }

  override getStartupConf(): Startup {
    return { ...super.getStartupConf(), ...STARTUP };
  }
}
