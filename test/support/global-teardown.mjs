import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export default async function globalTeardown() {
  await globalThis.__tidingsTestServers?.stop();
  await rm(fileURLToPath(new URL(`../../.cache/test-servers/${process.pid}.mjs`, import.meta.url)), { force: true });
}
