import type { ConfigWithDatabase, Node, NodeRole, Surroundings, Tenancy } from '../app/contracts.js';
import { type CommandLog, withDatabase } from '../app/open-database.js';
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

/** Tells the operator beside the data that a command prints. */
export const commandLog = (io: Io, logger: Logger): CommandLog => ({ logger, say: (line) => io.err(`tidings: ${line}\n`) });

/** Uses the database of the environment, which has all migrations. */
export function withConfiguredDatabase<T>({ io }: CliContext, use: (config: ConfigWithDatabase) => Promise<T>): Promise<T> {
  const { config, logger } = readConfig('command', io);
  return withDatabase(config, commandLog(io, logger), use);
}

type UseTenancy<T> = (tenancy: Tenancy, config: ConfigWithDatabase) => Promise<T>;

export function withTenancy<T>({ io, services }: CliContext, use: UseTenancy<T>): Promise<T> {
  const { config, logger } = readConfig('command', io);
  return withDatabase(config, commandLog(io, logger), async (found) => {
    const tenancy = await services.openTenancy(found, { logger });
    try {
      return await use(tenancy, found);
    } finally {
      await tenancy.close();
    }
  });
}
