import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { cleanUp, startNode, TENANT } from '../support/node.js';

const SOURCE = `globalThis.TidingsClient = ${JSON.stringify('x'.repeat(1000))};`;
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-script-'));
  file = join(folder, 'client.js');
  await writeFile(file, SOURCE);
});
afterEach(cleanUp);
afterAll(() => rm(folder, { recursive: true }));

const start = (publicPath = '') => startNode({ publicPath }, { clientScript: { file, version: '1.2.3' } });

/** Asks without what `fetch` does by itself: decoding, headers of its own. */
function ask(port: number, path: string, { method = 'GET', headers = {} }: { method?: string; headers?: object } = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers: { ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on('error', reject).end();
  });
}

describe('the client for pages', () => {
  test.each([
    ['/client.js', 'public, max-age=3600'],
    ['/client-1.2.3.js', 'public, max-age=31536000, immutable'],
    ['/push/client.js', 'public, max-age=3600'],
    ['/push/client-1.2.3.js', 'public, max-age=31536000, immutable'],
  ])('is at %s, for pages of every origin', async (path, caching) => {
    const { port } = await start('/push');
    const { status, headers, body } = await ask(port, path);
    expect([status, body.toString()]).toEqual([200, SOURCE]);
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': caching,
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': '*',
      'content-length': `${SOURCE.length}`,
      vary: 'Accept-Encoding',
      etag: expect.stringMatching(/^W\/"/),
    });
  });

  test('is compressed for those who take that', async () => {
    const { port } = await start();
    const br = await ask(port, '/client.js', { headers: { 'accept-encoding': 'gzip, deflate, br;q=0.9' } });
    expect([br.headers['content-encoding'], brotliDecompressSync(br.body).toString()]).toEqual(['br', SOURCE]);
    const gz = await ask(port, '/client.js', { headers: { 'accept-encoding': 'br;q=0, gzip' } });
    expect([gz.headers['content-encoding'], gunzipSync(gz.body).toString()]).toEqual(['gzip', SOURCE]);
  });

  test('is sent without its text to HEAD, and not again to those who have it', async () => {
    const { port } = await start();
    const head = await ask(port, '/client.js', { method: 'HEAD' });
    expect([head.status, head.body.length, head.headers['content-length']]).toEqual([200, 0, `${SOURCE.length}`]);
    const again = await ask(port, '/client.js', { headers: { 'if-none-match': `"other", ${head.headers.etag}` } });
    expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, head.headers.etag]);
  });

  test('is at no other version, takes no POST, and is not there if it was not built', async () => {
    const { port } = await start();
    expect((await ask(port, '/client-1.2.4.js')).status).toBe(404);
    expect((await ask(port, '/client.js', { method: 'POST' })).status).toBe(404);
    const without = await startNode({}, { clientScript: { file: join(folder, 'none.js'), version: '1.2.3' } });
    expect((await ask(without.port, '/client.js')).status).toBe(404);
  });
});

describe('a plain request to where connections are opened', () => {
  test('tells pages of every origin when to come back, while the node is full', async () => {
    const node = await startNode({ maxConnections: 1 });
    const free = await ask(node.port, '/?token=x');
    expect([free.status, free.headers['retry-after']]).toEqual([426, undefined]);
    await node.connect({ tenantId: TENANT });
    const full = await ask(node.port, '/?token=x');
    expect(full.status).toBe(426);
    expect(full.headers).toMatchObject({
      'retry-after': expect.stringMatching(/^\d+$/),
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'Retry-After',
    });
  });
});
