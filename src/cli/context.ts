import type { ConfigWithDatabase, Services, Tenancy } from '../app/contracts.js';
import { withDatabase } from '../app/database.js';
import { type Config, loadConfig, type Role } from '../config/index.js';
import type { Logger } from '../core/ports/logger.js';
import { createLogger } from '../observability/pino-logger.js';
import type { Io } from './io.js';

/** What every command is given. */
export interface Context {
  io: Io;
  services: Services;
}

/** For commands whose standard output is data: their log is on standard error, and quiet unless it was asked for. */
export function readConfig(role: Role, io: Io): { config: Config; logger: Logger } {
  const config = io.environment === null ? loadConfig(role) : loadConfig(role, io.environment);
  if (role !== 'command') return { config, logger: createLogger({ level: config.logLevel }) };
  return { config, logger: createLogger({ level: config.logLevel === 'info' ? 'error' : config.logLevel, fd: 2 }) };
}

export function withTenancy<T>(
  { io, services }: Context,
  use: (tenancy: Tenancy, config: ConfigWithDatabase) => Promise<T>,
): Promise<T> {
  const { config, logger } = readConfig('command', io);
  return withDatabase(config, logger, async (found) => {
    const tenancy = await services.openTenancy(found, { logger });
    try {
      return await use(tenancy, found);
    } finally {
      await tenancy.close();
    }
  });
}
