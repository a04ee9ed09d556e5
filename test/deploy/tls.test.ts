import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Agent, fetch } from 'undici';
import { WebSocket } from 'ws';
import { TidingsClient } from '../../packages/client/src/index.js';
import { Tidings } from '../../packages/sdk/src/index.js';
import { exited, freePort, leash, startNginx, startServe, until } from '../support/index.js';

const run = promisify(execFile);
/** A proxy that runs. */
interface Proxy {
  stop(): Promise<void>;
}

/** Where clients come from, so that it is neither the proxy's address nor the node's. */
const CLIENT = '127.0.0.9';

let folder: string;
let port: number;
let product: Awaited<ReturnType<typeof startServe>>;
let ca: string;
let proxy: Proxy | null = null;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-tls-'));
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '1', '-subj', '/CN=an authority');
  await openssl('req', ...key, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=push.example.com');
  await writeFile(join(folder, 'names'), 'subjectAltName=DNS:push.example.com,DNS:api.example.com');
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', 'names'];
  await openssl('x509', '-req', '-in', 'request.pem', '-out', 'certificate.pem', ...signed);
  ca = await readFile(join(folder, 'ca.pem'), 'utf8');
  port = await freePort();
  product = await startServe({ PUBLIC_DELIVERY_URL: `wss://push.example.com:${port}`, TRUST_PROXY: '127.0.0.1/32' });
}, 60_000);

afterEach(async () => {
  await proxy?.stop();
  proxy = null;
});

afterAll(async () => {
  await product?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function startDeployedNginx(): Promise<Proxy> {
  const upstreams = { api: [new URL(product.apiUrl).host], delivery: [new URL(product.deliveryUrl).host] } as const;
  return startNginx(upstreams, { port, certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') });
}

async function startCaddy(): Promise<Proxy> {
  const config = join(folder, 'Caddyfile');
  const deployed = await readFile(new URL('../../deploy/Caddyfile', import.meta.url), 'utf8');
  const sites = deployed
    .replace(/^(\w+\.example\.com) \{$/gm, `$1:${port} {\n\tbind 127.0.0.1\n\ttls ${folder}/certificate.pem ${folder}/key.pem`)
    .replace('delivery-1:4001 delivery-2:4001', new URL(product.deliveryUrl).host)
    .replace('api-1:4000 api-2:4000', new URL(product.apiUrl).host);
  await writeFile(config, `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${sites}`);
  const env = { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const caddy = leash(
    spawn('caddy', ['run', '--config', config, '--adapter', 'caddyfile'], { env, stdio: 'ignore', detached: true }),
    { folder },
  );
  return {
    async stop() {
      caddy.kill('SIGTERM');
      await exited(caddy);
    },
  };
}

/** Finds every name on this machine. */
const lookup = (_: string, { all }: { all?: boolean }, found: (error: null, address: unknown, family?: number) => void) =>
  all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4);

test.each([
  ['nginx', startDeployedNginx],
  ['Caddy', startCaddy],
])(
  'behind %s as it is deployed, calls go over https and messages over wss, both with a certificate',
  async (_, start) => {
    proxy = await start();
    const connect = { ca, lookup: lookup as never, localAddress: CLIENT };
    const dispatcher = new Agent({ connect });
    const tidings = new Tidings({
      url: `https://api.example.com:${port}`,
      apiKey: product.apiKey,
      // Until the proxy listens.
      retryForMs: 20_000,
      fetch: (url, init) => fetch(url, { ...init, dispatcher } as never) as unknown as Promise<Response>,
    });
    class SecureSocket extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, connect);
      }
    }
    const { connectionUri } = await tidings.registerRecipient({ recipient: 'alice', sourceIp: CLIENT });
    expect(connectionUri).toMatch(`wss://push.example.com:${port}/?token=`);
    const shown: string[] = [];
    const states: string[] = [];
    const page = new TidingsClient({
      connectionUri,
      onMessage: ({ message }) => void shown.push(message),
      onState: (state, reason) => void states.push(`${state} ${reason ?? ''}`),
      WebSocket: SecureSocket as never,
    });
    try {
      await until('the connection', () => states.some((state) => state.startsWith('open')));
      const [entry] = await tidings.pushMessage({ recipients: ['alice'], message: 'sealed' });
      await until('the message', () => shown.length > 0);
      await until('its receipt', async () => (await tidings.message({ id: entry?.item?.id ?? '' }))?.receipt === 'ACK');
      expect(shown).toEqual(['sealed']);
      expect(states).toEqual(['open ']);
    } finally {
      page.stop();
      await dispatcher.destroy();
    }
  },
  60_000,
);
