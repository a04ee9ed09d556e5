import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startApi, type TestApi } from './support/api.js';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const CONSOLE = '<!DOCTYPE html><title>Console</title>';
const SCRIPT = 'export {};'.repeat(100);

let api: TestApi;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pages-'));
  for (const [page, title] of [
    ['app', 'Console'],
    ['graphiql', 'API'],
  ] as const) {
    await mkdir(join(folder, page, 'assets'), { recursive: true });
    await writeFile(join(folder, page, 'index.html'), `<!DOCTYPE html><title>${title}</title>`);
    await writeFile(join(folder, page, 'app-ABCD2345.js'), SCRIPT);
    await writeFile(join(folder, page, 'app-ABCD2345.js.br'), brotliCompressSync(SCRIPT));
    await writeFile(join(folder, page, 'app-ABCD2345.js.gz'), gzipSync(SCRIPT));
    await writeFile(join(folder, page, 'assets', 'icon.svg'), '<svg/>');
  }
  api = await startApi({ consoleFolder: folder, publicDeliveryUrl: 'wss://push.example.org/ws' });
});

afterAll(async () => {
  await api.node.stop();
  await rm(folder, { recursive: true });
});

interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Asks without undoing the encoding, as `fetch` would. */
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  new Promise<Answer>((resolve, reject) => {
    get(new URL(path, api.url), { headers, method }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts).toString('latin1') }),
      );
    }).on('error', reject);
  });

describe('the page at /graphql', () => {
  test('is served to anybody whose browser asks, with a policy that allows nothing from outside', async () => {
    const { status, headers, body } = await ask('/graphql', { accept: BROWSER });
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toBe(
      "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(headers.vary).toBe('accept, x-api-key, accept-encoding');
    expect(body).toContain('<title>API</title>');
    expect(api.keys.lookups).toBe(0);
  });

  test('has its files beside it, also with a slash at the end of its address', async () => {
    expect((await ask('/graphql/', { accept: BROWSER })).body).toContain('<title>API</title>');
    for (const folder of ['/graphql/graphiql', '/graphql/graphql/graphiql']) {
      const script = await ask(`${folder}/app-ABCD2345.js`);
      expect([script.status, script.headers['content-type']]).toEqual([200, 'text/javascript; charset=utf-8']);
      expect((await ask(`${folder}/assets/icon.svg`)).headers['content-type']).toBe('image/svg+xml');
    }
  });

  test('is not for clients of the API: those need the key', async () => {
    expect((await ask('/graphql?query={version}', { accept: 'application/json, text/html;q=0.5' })).status).toBe(401);
    expect((await fetch(api.url, { method: 'POST', headers: { accept: 'text/html' } })).status).toBe(401);
  });
});

describe('the console', () => {
  test('may connect to where messages are delivered, and to nothing else outside', async () => {
    for (const path of ['/console', '/console/', '/console?a=b']) {
      const { status, headers, body } = await ask(path);
      expect([status, body]).toEqual([200, CONSOLE]);
      expect(headers['content-security-policy']).toBe(
        "default-src 'self'; connect-src 'self' wss://push.example.org; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' });
    }
  });

  test('is where / leads a browser, by a way that a prefix before it does not break', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await ask('/', { accept: BROWSER }, method);
      expect([status, headers.location, headers.vary]).toEqual([302, 'console', 'accept']);
    }
  });

  test.each([undefined, '*/*', 'application/json'])('and / tells others where to go: %s', async (accept) => {
    const { status, headers, body } = await ask('/', accept === undefined ? {} : { accept });
    expect([status, headers['content-type'], headers.vary]).toEqual([200, 'text/plain; charset=utf-8', 'accept']);
    const paths = [...body.matchAll(/^(?:GET|POST) (\/\w\S*)/gm)].map(([, path = '']) => path);
    expect(paths).toEqual(['/graphql', '/schema.graphql', '/console', '/healthz,']);
  });

  test('is kept for ever where a name changes with its content, and asked for anew where it does not', async () => {
    expect((await ask('/console/app-ABCD2345.js')).headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const page = await ask('/console');
    expect(page.headers['cache-control']).toBe('no-cache');
    const again = await ask('/console', { 'if-none-match': `"other", ${page.headers.etag}` });
    expect([again.status, again.body]).toEqual([304, '']);
    expect(again.headers.etag).toBe(page.headers.etag);
    expect((await ask('/console', { 'if-none-match': '"other"' })).status).toBe(200);
  });

  test('comes in the smallest form that the browser takes', async () => {
    const forms = await Promise.all(
      ['gzip, deflate, br', 'gzip', 'br;q=0, gzip', 'identity', ''].map((accepted) =>
        ask('/console/app-ABCD2345.js', accepted === '' ? {} : { 'accept-encoding': accepted }),
      ),
    );
    expect(forms.map(({ headers }) => headers['content-encoding'])).toEqual(['br', 'gzip', 'gzip', undefined, undefined]);
    expect(new Set(forms.map(({ headers }) => headers.etag)).size).toBe(3);
    for (const { headers } of forms) expect(headers.vary).toBe('accept-encoding');
    expect(forms.map(({ body }) => body.length)).toEqual([
      brotliCompressSync(SCRIPT).length,
      gzipSync(SCRIPT).length,
      gzipSync(SCRIPT).length,
      SCRIPT.length,
      SCRIPT.length,
    ]);
  });

  test('answers HEAD, and gives no other file', async () => {
    const head = await ask('/console', {}, 'HEAD');
    expect([head.status, head.body]).toEqual([200, '']);
    for (const path of ['nothing.js', 'app-ABCD2345.js.br', '..%2f..%2fetc%2fpasswd', '%2e%2e/app.js', 'assets']) {
      expect((await ask(`/console/${path}`)).status).toBe(404);
      expect((await ask(`/graphql/graphiql/${path}`)).status).toBe(404);
    }
  });
});
