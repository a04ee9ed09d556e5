import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { newApiKey } from '../../src/core/domain/api-key.js';
import type { Logger } from '../../src/core/ports/logger.js';
import { createPinoLogger } from '../../src/observability/pino-logger.js';

function lines(write: (logger: Logger) => void, level = 'debug'): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-log-'));
  try {
    const file = join(folder, 'log');
    const fd = openSync(file, 'w');
    write(createPinoLogger({ level, fd }));
    closeSync(fd);
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a line is one object of JSON with its level, time and fields', () => {
  const line = JSON.parse(lines((logger) => logger.warn({ requestId: 'r1' }, 'said')));
  expect(line).toMatchObject({ level: 'warn', msg: 'said', requestId: 'r1', pid: process.pid });
  expect(new Date(line.time).getTime()).toBeGreaterThan(0);
});

test('lines below the level are not written', () => {
  expect(lines((logger) => logger.info({}, 'quiet'), 'warn')).toBe('');
});

test('an error shows its message and cause, but not the row that the database complained of', () => {
  const refused = Object.assign(new Error('duplicate key', { cause: new Error('inner') }), {
    code: '23505',
    detail: 'Key (alice)',
  });
  const line = lines((logger) => logger.error({ err: refused }, 'failed'));
  expect(JSON.parse(line).err).toMatchObject({ message: 'duplicate key', code: '23505', cause: { message: 'inner' } });
  expect(line).not.toContain('alice');
});

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl';
const { key: KEY } = newApiKey();

test.each([
  ['a token in a message', (log: Logger) => log.error({}, `GET /?token=${TOKEN}`), TOKEN],
  ['a token in a field', (log: Logger) => log.error({ url: `/?token=${TOKEN}` }, 'x'), TOKEN],
  ['a token in an error', (log: Logger) => log.error({ err: new Error(`bad ${TOKEN}`) }, 'x'), TOKEN],
  ['an API key', (log: Logger) => log.error({ headers: { 'x-api-key': KEY } }, KEY), KEY],
  ['an API key that somebody chose', (log: Logger) => log.error({ headers: { 'x-api-key': 'chosen' } }, 'x'), 'chosen'],
  ['a password in a URL', (log: Logger) => log.error({}, 'connect postgresql://user:hunter2@host/db'), 'hunter2'],
  ['a password in a URL without a user', (log: Logger) => log.error({ at: 'rediss://:hunter2@host' }, 'x'), 'hunter2'],
])('%s never leaves', (_, write, secret) => {
  const written = lines(write);
  expect(written).not.toBe('');
  expect(written).not.toContain(secret);
});
