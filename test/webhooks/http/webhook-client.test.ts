import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { compileAddressPolicy } from '../../../src/core/validation/webhook/address-policy.js';
import { systemTimers, type Timers } from '../../../src/lib/time/timers.js';
import { WebhookClient } from '../../../src/webhooks/http/webhook-client.js';
import { TurnedTimers } from '../../support/turned-timers.js';
import { Receiver } from '../support/receiver.js';

const LOOPBACK = ['127.0.0.0/8'];
const open: Array<{ stop(): unknown }> = [];
let tls: { key: string; cert: string };

interface Setup {
  allow?: readonly string[];
  names?: Record<string, readonly string[] | (() => readonly string[])>;
  timers?: Timers;
  ca?: string;
}

function startClient({ allow = LOOPBACK, names = {}, timers = systemTimers, ca }: Setup = {}): WebhookClient {
  const resolve = async (name: string) => {
    const found = names[name];
    if (found === undefined) throw Object.assign(new Error('unknown'), { code: 'ENOTFOUND' });
    return [...(typeof found === 'function' ? found() : found)];
  };
  const client = new WebhookClient({ policy: compileAddressPolicy(allow), resolve, timers, ca });
  open.push({ stop: () => client.close() });
  return client;
}

async function startReceiver(secure = false): Promise<Receiver> {
  const receiver = await Receiver.start(secure ? tls : undefined);
  open.push(receiver);
  return receiver;
}

const post = (client: WebhookClient, url: string) => client.post({ url, headers: { 'webhook-id': '1' }, body: '{}' });

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = ['-subj', '/CN=receiver.test', '-addext', 'subjectAltName=DNS:receiver.test,IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', cert, '-days', '1'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...names, ...files],
    {
      stdio: 'ignore',
    },
  );
  tls = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
});

afterEach(async () => {
  for (const part of open.splice(0)) await part.stop();
});

describe('where an attempt goes', () => {
  test('is decided by the address that a name leads to at that moment', async () => {
    const receiver = await startReceiver();
    let answer: readonly string[] = ['93.184.216.34'];
    const moving = { 'moving.test': () => answer };
    const client = startClient({ allow: [], names: moving });
    answer = ['127.0.0.1', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '10.0.0.1', '169.254.169.254'];
    expect(await post(client, `https://moving.test:${receiver.port}/`)).toMatchObject({
      httpStatus: null,
      error: 'address not allowed',
    });
    expect(receiver.connections).toBe(0);
  });

  test('is looked up once: what is judged is what is connected to', async () => {
    const receiver = await startReceiver();
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    let asked = 0;
    const client = startClient({ names: { 'moving.test': () => answers[asked++ < 2 ? 0 : 1] ?? [] } });
    // Once for whom anybody may reach, once for whom the operator lists.
    expect(await post(client, `http://moving.test:${receiver.port}/`)).toMatchObject({ httpStatus: 200 });
    expect(asked).toBe(2);
  });

  test.each([
    'https://127.0.0.1:PORT/',
    'https://2130706433:PORT/',
    'https://0x7f.1:PORT/',
    'https://0177.0.0.1:PORT/',
    'https://127.0.0.1.:PORT/',
    'https://[::ffff:127.0.0.1]:PORT/',
    'https://[::1]:PORT/',
  ])('is never an address that is not global: %s', async (url) => {
    const receiver = await startReceiver();
    const client = startClient({ allow: [] });
    expect(await post(client, url.replace('PORT', String(receiver.port)))).toMatchObject({ error: 'address not allowed' });
    expect(receiver.connections).toBe(0);
  });

  test('is never a port of other services, or without TLS, but where the operator lists the address', async () => {
    const client = startClient({ allow: ['10.99.0.0/16'], names: { 'global.test': ['93.184.216.34'] } });
    for (const url of ['http://global.test/', 'https://global.test:22/', 'http://global.test:8080/']) {
      expect(await post(client, url)).toMatchObject({ error: 'address not allowed' });
    }
  });

  test('passes by proxies of the environment', async () => {
    const proxy = await startReceiver();
    const receiver = await startReceiver();
    const before = { ...process.env };
    Object.assign(process.env, { HTTP_PROXY: proxy.url, http_proxy: proxy.url, HTTPS_PROXY: proxy.url, ALL_PROXY: proxy.url });
    try {
      expect(await post(startClient(), receiver.url)).toMatchObject({ httpStatus: 200 });
    } finally {
      process.env = before;
    }
    expect(proxy.connections).toBe(0);
  });
});

describe('TLS', () => {
  test('is verified, whatever the environment says', async () => {
    const receiver = await startReceiver(true);
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      expect((await post(startClient(), receiver.url)).error).toMatch(/certificate/);
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
    expect(receiver.requests).toEqual([]);
  });

  test('has to be that of the name', async () => {
    const receiver = await startReceiver(true);
    const names = { 'receiver.test': ['127.0.0.1'], 'other.test': ['127.0.0.1'] };
    const client = startClient({ names, ca: tls.cert });
    expect(await post(client, `https://receiver.test:${receiver.port}/`)).toMatchObject({ httpStatus: 200, error: null });
    expect((await post(client, `https://other.test:${receiver.port}/`)).error).toMatch(/certificate/);
    expect(receiver.requests).toHaveLength(1);
  });
});

describe('an answer', () => {
  test('that redirects is not followed', async () => {
    const [receiver, target] = [await startReceiver(), await startReceiver()];
    receiver.respond = (response) => response.writeHead(307, { location: target.url, 'set-cookie': 'a=b' }).end();
    const client = startClient();
    for (let i = 0; i < 2; i++) {
      expect(await post(client, receiver.url)).toMatchObject({ httpStatus: 307, error: 'redirects are not followed' });
    }
    expect(target.connections).toBe(0);
    expect(receiver.requests.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined]);
  });

  test('of an address that only the operator lists is not kept', async () => {
    const receiver = await startReceiver();
    receiver.respond = (response) =>
      response.writeHead(500, { 'content-type': 'text/plain', 'retry-after': '7' }).end('inner secret');
    expect(await post(startClient(), receiver.url)).toMatchObject({ httpStatus: 500, responseStart: null, retryAfter: '7' });
  });

  test('that has no end is left after 64 KiB', async () => {
    const receiver = await startReceiver();
    let closed = false;
    receiver.respond = (response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.on('close', () => {
        closed = true;
      });
      const more = () => {
        while (!closed && response.write(Buffer.alloc(16 * 1024, 'x')));
      };
      response.on('drain', more);
      more();
    };
    expect(await post(startClient(), receiver.url)).toMatchObject({ httpStatus: 200 });
    while (!closed) await new Promise(setImmediate);
  });

  test('that does not come is given up after 15 s', async () => {
    const receiver = await startReceiver();
    receiver.respond = () => {};
    const timers = new TurnedTimers();
    const answer = post(startClient({ timers }), receiver.url);
    await receiver.received(1);
    timers.forward(14_999);
    timers.forward(1);
    expect(await answer).toEqual({
      ...{ httpStatus: null, error: 'no answer within 15 s', retryAfter: null, responseStart: null },
      durationMs: 15_000,
    });
  });

  test('whose body drips is known by its head', async () => {
    const receiver = await startReceiver();
    receiver.respond = (response) => response.writeHead(204 - 4, { 'content-type': 'text/plain' }).write('x');
    const timers = new TurnedTimers();
    const answer = post(startClient({ timers }), receiver.url);
    await receiver.received(1);
    let done = false;
    const settled = answer.then(() => {
      done = true;
    });
    while (!done) {
      await new Promise(setImmediate);
      timers.forward(500);
    }
    await settled;
    expect(await answer).toMatchObject({ httpStatus: 200, error: null });
  });

  test('that is none is told in words', async () => {
    const receiver = await startReceiver();
    receiver.respond = (response) => response.destroy();
    const client = startClient();
    expect(await post(client, receiver.url)).toMatchObject({ error: 'connection closed without an answer' });
    receiver.stop();
    expect(await post(client, receiver.url)).toMatchObject({ error: 'connection refused' });
    expect(await post(client, 'http://nowhere.test/')).toMatchObject({ error: 'name not found' });
    const mumbler = createServer((socket) => socket.end('220 mail.test ESMTP\r\n'));
    await new Promise<void>((resolve) => mumbler.listen(0, '127.0.0.1', resolve));
    open.push({ stop: () => mumbler.close() });
    const { port } = mumbler.address() as { port: number };
    expect(await post(client, `http://127.0.0.1:${port}/`)).toMatchObject({ error: 'the answer is no HTTP' });
  });
});
