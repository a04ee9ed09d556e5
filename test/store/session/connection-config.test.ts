import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '../../../src/store/database/migrations.js';
import { connectionConfig } from '../../../src/store/session/connection-config.js';
import { findPostgres, startPostgres, type TestPostgres } from '../../support/index.js';

let folder: string;
let certificate: string;
let withTls: TestPostgres;
let without: TestPostgres;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-tls-'));
  await chmod(folder, 0o755);
  certificate = join(folder, 'certificate.pem');
  const key = join(folder, 'key.pem');
  // Of another name than the one that tests connect to.
  const subject = ['-subj', '/CN=db.example.org', '-addext', 'subjectAltName=DNS:db.example.org', '-days', '2'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await promisify(execFile)('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', certificate, ...subject]);
  const { user } = await findPostgres();
  if (user) await chown(key, user.uid, user.gid);
  await chmod(key, 0o600);
  withTls = await startPostgres({ settings: { ssl: 'on', ssl_cert_file: certificate, ssl_key_file: key } });
  without = await startPostgres();
}, 60_000);
afterAll(async () => {
  await withTls?.stop();
  await without?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Whether the connection is encrypted, or why there is none. */
const encrypted = (server: TestPostgres, query: string): Promise<unknown> =>
  withClient(`${server.url}?${query}`, async (client) => {
    const { rows } = await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    return rows[0]?.ssl;
  }).catch((error: Error) => error.message);

describe('TLS to the database is as psql does it', () => {
  test.each([
    ['', false],
    ['sslmode=disable', false],
    ['ssl=0', false],
    ['sslmode=require', true],
    ['sslmode=require&uselibpqcompat=true', true],
    ['sslmode=no-verify', true],
    ['ssl=no-verify', true],
    ['sslmode=require&sslrootcert=CERTIFICATE', true],
    ['sslmode=verify-ca&sslrootcert=CERTIFICATE', true],
    ['sslmode=verify-full&sslrootcert=CERTIFICATE', /altnames/],
    ['sslmode=verify-full', /self-signed certificate/],
    ['sslmode=verify-full&sslrootcert=system', /self-signed certificate/],
    ['ssl=true', /self-signed certificate/],
    ['sslmode=require&sslnegotiation=postgres', true],
  ])('with %s', async (query, outcome) => {
    const found = await encrypted(withTls, query.replace('CERTIFICATE', certificate));
    if (outcome instanceof RegExp) expect(found).toMatch(outcome);
    else expect(found).toBe(outcome);
  });

  test('and a server without it is refused where it is asked for', async () => {
    expect(await encrypted(without, 'sslmode=require')).toBe('The server does not support SSL connections');
    expect(await encrypted(without, '')).toBe(false);
  });

  test('whatever PGSSLMODE says to pg', async () => {
    process.env.PGSSLMODE = 'require';
    try {
      expect(await encrypted(withTls, '')).toBe(false);
    } finally {
      delete process.env.PGSSLMODE;
    }
  });

  test('as another driver does is printed nowhere', async () => {
    const warnings: string[] = [];
    const warn = (warning: Error) => void warnings.push(warning.message);
    process.on('warning', warn);
    await encrypted(withTls, 'sslmode=require');
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });

  test('and a file that cannot be read is told by its parameter', () => {
    const missing = join(folder, 'missing');
    expect(existsSync(missing)).toBe(false);
    expect(() => connectionConfig(`postgresql://u:hunter2@h/d?sslmode=verify-ca&sslrootcert=${missing}`)).toThrow(
      /^the sslrootcert of DATABASE_URL cannot be read \(ENOENT\)$/,
    );
  });
});
