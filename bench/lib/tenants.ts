import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Pool } from 'pg';
import { v7 } from 'uuid';

/** Creates a tenant as an operator does, and returns a key with every scope. */
export async function createTenant(databaseUrl: string, name: string): Promise<string> {
  const run = async (...args: string[]) => {
    const env = { PATH: process.env.PATH ?? '', DATABASE_URL: databaseUrl };
    return (await promisify(execFile)(process.execPath, ['bin/tidings.mjs', ...args, '--json'], { env })).stdout;
  };
  await run('tenant', 'create', name);
  const scope = 'websockets-manager-api:query:* websockets-manager-api:mutation:*';
  return JSON.parse(await run('key', 'create', '--tenant', name, '--scope', scope)).key;
}

/**
 * Creates the tenant of a floor's rows: the product deletes rows of tenants that it does not know, and
 * would do so while the floor is measured. It has neither keys nor connections.
 */
export async function floorTenant(pool: Pool): Promise<string> {
  const id = v7();
  await pool.query('INSERT INTO tenants (id, name) VALUES ($1, $2)', [id, `floor-${id}`]);
  return id;
}
