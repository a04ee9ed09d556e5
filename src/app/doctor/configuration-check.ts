import { type Config, ConfigError, type Environment, loadConfig, misspelt } from '../../config/index.js';
import { type Finding, ok, wrong } from './finding.js';

/** Reads the environment as a node does. Without a configuration nothing else can be checked. */
export function checkConfiguration(environment: Environment): { config: Config | null; findings: Finding[] } {
  const unknown = misspelt(environment).map(({ name, meant }) =>
    wrong(
      'variables',
      `${name} is no variable of Tidings, and nothing reads it`,
      meant === null ? 'take it out, or look it up in .env.example' : `rename it to ${meant}, if that was meant`,
    ),
  );
  const findings = unknown.length > 0 ? unknown : [ok('variables', 'none looks like a misspelt one')];
  try {
    const config = loadConfig('command', environment);
    return { config, findings: [ok('configuration', 'every variable can be read'), ...findings] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map((problem) =>
      wrong('configuration', problem, 'see .env.example for what each variable takes'),
    );
    return { config: null, findings: [...problems, ...findings] };
  }
}
