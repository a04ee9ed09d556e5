import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Two folders below the package in the sources and in what is built from them.
const inPackage = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The package's version, as `version` answers it. */
export const VERSION: string = (JSON.parse(readFileSync(inPackage('package.json'), 'utf8')) as { version: string }).version;

/** Folder of the migrations. */
export const MIGRATIONS_FOLDER = inPackage('prisma/migrations');

/** The built client for pages. */
export const CLIENT_SCRIPT = inPackage('dist/client/client.js');

/** Folder of the built console. */
export const CONSOLE_FOLDER = inPackage('dist/console');
