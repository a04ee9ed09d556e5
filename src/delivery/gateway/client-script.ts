import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

/** Names the built client for pages. */
export interface ClientScriptFile {
  /** Path of the file. */
  file: string;
  /** Version of the package, which is in the name of the URL that never changes. */
  version: string;
}

interface Script {
  etag: string;
  plain: Buffer;
  gzip: Buffer;
  br: Buffer;
}

/** Serves the client for pages that load it by `<script>`, at `/client.js` and `/client-<version>.js`. */
export class ClientScript {
  /** Null if it was not built. */
  #script: Promise<Script | null> | undefined;

  constructor(private readonly named: ClientScriptFile) {}

  /** Answers a GET or HEAD of one of the paths. False if it is neither, or there is no script. */
  async serve(path: string, { method, headers }: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const isPinned = path === `/client-${this.named.version}.js`;
    if (!isPinned && path !== '/client.js') return false;
    this.#script ??= load(this.named.file);
    const script = await this.#script;
    if (script === null) return false;
    const encoding = encodingFor(headers['accept-encoding']);
    const body = script[encoding];
    response.setHeader('Cache-Control', isPinned ? 'public, max-age=31536000, immutable' : 'public, max-age=3600');
    response.setHeader('ETag', script.etag);
    response.setHeader('Vary', 'Accept-Encoding');
    // Pages of every origin may load it, those too that isolate themselves or check its integrity.
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    if (isKnown(headers['if-none-match'], script.etag)) {
      response.writeHead(304).end();
      return true;
    }
    if (encoding !== 'plain') response.setHeader('Content-Encoding', encoding);
    response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8', 'Content-Length': body.length });
    response.end(method === 'HEAD' ? undefined : body);
    return true;
  }
}

async function load(file: string): Promise<Script | null> {
  const plain = await readFile(file).catch(() => null);
  if (plain === null) return null;
  const [compressed, br] = await Promise.all([promisify(gzip)(plain, { level: 9 }), promisify(brotliCompress)(plain)]);
  // Weak, since each encoding has other bytes (RFC 9110, section 8.8.1).
  return { etag: `W/"${createHash('sha256').update(plain).digest('base64url')}"`, plain, gzip: compressed, br };
}

/** Chooses what the client takes; one that names nothing, or forbids it by `q=0`, gets the plain text. */
function encodingFor(accepted: string | undefined): 'br' | 'gzip' | 'plain' {
  const names = new Map((accepted ?? '').split(',').map((one) => split(one.trim().toLowerCase())));
  return (['br', 'gzip'] as const).find((name) => (names.get(name) ?? 0) > 0) ?? 'plain';
}

function split(one: string): [string, number] {
  const [name = '', weight] = one.split(/\s*;\s*q=/);
  return [name, weight === undefined ? 1 : Number(weight)];
}

const isKnown = (header: string | undefined, etag: string): boolean =>
  (header ?? '').split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag.slice(2));
