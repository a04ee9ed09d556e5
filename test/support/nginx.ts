import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leash } from './leash.js';
import { exited, freePort, until } from './process.js';

/** Addresses (`host:port`) of the nodes behind it; one takes the place of all of its kind. */
interface Upstreams {
  api: readonly [string, ...string[]];
  delivery: readonly [string, ...string[]];
}

/** Files of a certificate and its key, and the port where they are shown. */
interface TlsPlace {
  port: number;
  certificate: string;
  key: string;
}

/** Controls an nginx that runs the configuration that we deploy. */
export interface TestNginx {
  /** Where it listens: `host:port`. */
  readonly address: string;
  /** Lines of the access log. */
  accessLog(): Promise<string>;
  errorLog(): Promise<string>;
  stop(): Promise<void>;
}

const CONFIG = new URL('../../deploy/nginx.conf', import.meta.url);
const PLACES = { api: /172\.30\.77\.2(\d):4000/g, delivery: /172\.30\.77\.3(\d):4001/g } as const;

/** The configuration as it is deployed, with places of this machine in place of the containers'. */
async function localConfig(folder: string, listen: string, upstreams: Upstreams): Promise<string> {
  const deployed = await readFile(CONFIG, 'utf8');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${folder}/${name};\n`,
  );
  const local = deployed
    .replace(/worker_rlimit_nofile \d+;\n/, 'daemon off;\nuser root;\n')
    .replace(/worker_connections \d+;/, 'worker_connections 256;')
    .replaceAll('/tmp/nginx.pid', join(folder, 'nginx.pid'))
    .replaceAll('/dev/stderr', join(folder, 'error.log'))
    .replaceAll('/dev/stdout', join(folder, 'access.log'))
    .replace('listen 8080;', listen)
    .replace('http {\n', `http {\n${temporary.join('')}`);
  const at = (nodes: Upstreams['api']) => (_: string, digit: string) => nodes[(Number(digit) - 1) % nodes.length] ?? nodes[0];
  return local.replaceAll(PLACES.api, at(upstreams.api)).replaceAll(PLACES.delivery, at(upstreams.delivery));
}

/** @param tls where TLS is added, as the configuration says; else nginx speaks plain HTTP on a free port */
export async function startNginx(upstreams: Upstreams, tls?: TlsPlace): Promise<TestNginx> {
  const folder = await mkdtemp(join(tmpdir(), 'tidings-nginx-'));
  const port = tls?.port ?? (await freePort());
  const address = `127.0.0.1:${port}`;
  const config = join(folder, 'nginx.conf');
  const certificate = tls && `ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};`;
  const listen = certificate ? `listen ${address} ssl; ${certificate}` : `listen ${address};`;
  await writeFile(config, await localConfig(folder, listen, upstreams));
  const log = (name: string) => readFile(join(folder, `${name}.log`), 'utf8');
  const args = ['-c', config, '-p', folder, '-e', join(folder, 'error.log')];
  const nginx = leash(spawn('nginx', args, { stdio: 'inherit', detached: true }), { folder });
  let failure: Error | undefined;
  nginx.once('error', (error) => {
    failure = new Error(`nginx cannot be started (Debian: apt-get install nginx-light): ${error.message}`);
  });
  await until('nginx to answer', async () => {
    if (failure) throw failure;
    if (nginx.exitCode !== null) throw new Error(await log('error'));
    // Also where no node answers it yet.
    return fetch(`http://${address}/graphql`).then(
      () => true,
      () => false,
    );
  });
  return {
    address,
    accessLog: () => log('access'),
    errorLog: () => log('error'),
    async stop() {
      nginx.kill('SIGTERM');
      await exited(nginx);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
