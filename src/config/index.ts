export { loadClientSettings } from './client-settings.js';
export { type Config, ConfigError, type Environment, loadConfig, type Role } from './config.js';
export { deliveryUrl, httpUrl } from './listen-url.js';
export { withMadeSecrets } from './made-secrets.js';
export { misspelt } from './misspelt.js';
export { CLIENT_SCRIPT, CONSOLE_FOLDER, MIGRATIONS_FOLDER, VERSION } from './package.js';
export { parseDuration, parseTenantLimit } from './parsers.js';
export { environmentOf } from './process-environment.js';
export { startedByNpm } from './started-by-npm.js';
