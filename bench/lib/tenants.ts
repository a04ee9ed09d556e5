import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Makes one more tenant, as an operator does. Answers a key that may do everything. */
export async function createTenant(databaseUrl: string, name: string): Promise<string> {
  const run = async (...args: string[]) => {
    const env = { PATH: process.env.PATH ?? '', DATABASE_URL: databaseUrl };
    return (await promisify(execFile)(process.execPath, ['bin/tidings.mjs', ...args, '--json'], { env })).stdout;
  };
  await run('tenant', 'create', name);
  const scope = 'websockets-manager-api:query:* websockets-manager-api:mutation:*';
  return JSON.parse(await run('key', 'create', '--tenant', name, '--scope', scope)).key;
}
