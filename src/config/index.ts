export { type Config, ConfigError, deliveryUrl, type Environment, loadConfig, type Role } from './config.js';
export { CONSOLE_FOLDER, MIGRATIONS_FOLDER, VERSION } from './package.js';
export { parseDuration } from './parsers.js';
export { withTokenSecret } from './token-secret.js';
