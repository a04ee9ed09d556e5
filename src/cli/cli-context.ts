import type { ConfigWithDatabase, Node, NodeRole, Surroundings, Tenancy } from '../app/contracts.js';
import { withDatabase } from '../app/open-database.js';
import { openLog } from '../app/open-log.js';
import { type Config, loadConfig, type Role } from '../config/index.js';
import type { Logger } from '../core/ports/logger.js';
import type { Io } from './io.js';

/** The part of the composition root that commands get as an input, so that tests can watch it. */
export interface Services {
  startNode(role: NodeRole, config: ConfigWithDatabase, surroundings: Surroundings): Promise<Node>;
  openTenancy(config: ConfigWithDatabase, surroundings: Pick<Surroundings, 'logger'>): Promise<Tenancy>;
}

/** Given to every command. */
export interface CliContext {
  io: Io;
  services: Services;
}

export function readConfig(role: Role, io: Io): { config: Config; logger: Logger } {
  const config = io.environment === null ? loadConfig(role) : loadConfig(role, io.environment);
  return { config, logger: openLog(config) };
}

export function withTenancy<T>({ io, services }: CliContext, use: (tenancy: Tenancy) => Promise<T>): Promise<T> {
  const { config, logger } = readConfig('command', io);
  return withDatabase(config, logger, async (found) => {
    const tenancy = await services.openTenancy(found, { logger });
    try {
      return await use(tenancy);
    } finally {
      await tenancy.close();
    }
  });
}
