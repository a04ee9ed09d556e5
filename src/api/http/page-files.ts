import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

/** One form of a file, as it goes over the network. */
interface FileForm {
  /** Null: as it is. */
  readonly encoding: 'br' | 'gzip' | null;
  readonly body: Buffer;
  /** Differs for every form and content (RFC 9110, section 8.8.3). */
  readonly etag: string;
}

export interface PageFile {
  readonly contentType: string;
  /** Whether its name changes with its content. */
  readonly immutable: boolean;
  /** The smallest first; the last is the file as it is. */
  readonly forms: readonly FileForm[];
}

/** Files of a page by path, such as `index.html`. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const CONTENT_TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

/** The build puts a hash of the content into such names. */
const HASHED_NAME = /-[0-9A-Z]{8}\.[a-z0-9]+$/;

const COMPRESSED = [
  { ending: '.br', encoding: 'br' },
  { ending: '.gz', encoding: 'gzip' },
] as const;

/**
 * Reads all files once, with the compressed forms that the build laid beside them: a client can ask only for
 * those that were there at the start, by their exact names. Without a folder there are none.
 */
export async function readPageFiles(folder: string | null): Promise<PageFiles> {
  const files = new Map<string, PageFile>();
  if (folder === null) return files;
  const bodies = await readBodies(folder);
  for (const [name, body] of bodies) {
    if (COMPRESSED.some(({ ending }) => name.endsWith(ending) && bodies.has(name.slice(0, -ending.length)))) continue;
    const compressed = COMPRESSED.flatMap(({ ending, encoding }) => {
      const smaller = bodies.get(`${name}${ending}`);
      return smaller ? [formOf(smaller, encoding)] : [];
    });
    files.set(name, {
      contentType: CONTENT_TYPES[extname(name)] ?? 'application/octet-stream',
      immutable: HASHED_NAME.test(name),
      forms: [...compressed, formOf(body, null)],
    });
  }
  return files;
}

function formOf(body: Buffer, encoding: FileForm['encoding']): FileForm {
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  return { encoding, body, etag: `"${hash}"` };
}

async function readBodies(folder: string): Promise<Map<string, Buffer>> {
  const bodies = new Map<string, Buffer>();
  for (const entry of await list(folder)) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    bodies.set(relative(folder, path).split(sep).join('/'), await readFile(path));
  }
  return bodies;
}

async function list(folder: string) {
  try {
    return await readdir(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
