import { ConfigError, type Environment, readGiven } from './config.js';
import { VARIABLES } from './environment.js';

/** Where a command finds the service that it is a client of, and as whom it asks. */
interface ClientSettings {
  /** Address of an API node; null if it is not set. */
  url: string | null;
  apiKey: string | null;
}

const NAMES = ['TIDINGS_URL', 'TIDINGS_API_KEY'] as const;

/**
 * Reads the variables of commands that are clients, and no others: on the machine of a tenant's developer
 * DATABASE_URL may be that of another program.
 *
 * @throws ConfigError
 */
export function loadClientSettings(environment: Environment = process.env): ClientSettings {
  const problems: string[] = [];
  const given = readGiven(environment, problems, NAMES);
  const [url, apiKey] = NAMES.map((name) => {
    const parsed = VARIABLES[name].parser.safeParse(given[name]);
    problems.push(...(parsed.error?.issues ?? []).map(({ message }) => `${name} ${message}`));
    return parsed.data ?? null;
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return { url: url ?? null, apiKey: apiKey ?? null };
}
