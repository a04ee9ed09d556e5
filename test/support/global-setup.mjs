import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { ensureBuilt } from '../../scripts/build.mjs';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/**
 * Builds the product and starts the servers that all tests share. Jest cannot import TypeScript as an ES
 * module here, so the module that starts them is bundled first.
 */
export default async function globalSetup() {
  await ensureBuilt();
  // Beside the sources' depth, so that paths relative to a module's URL mean the same.
  const outfile = path(`../../.cache/test-servers/${process.pid}.mjs`);
  await mkdir(path('../../.cache/test-servers'), { recursive: true });
  await build({
    entryPoints: [path('shared-servers.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  const { startSharedServers } = await import(outfile);
  const servers = await startSharedServers();
  Object.assign(process.env, servers.environment);
  globalThis.__tidingsTestServers = servers;
}
