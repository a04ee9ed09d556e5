import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

interface ConsoleFile {
  contentType: string;
  body: Buffer;
}

/** Files of the console by path, such as `index.html`. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

/**
 * Headers of the console's files: the page loads nothing from outside, nobody frames it, and the key stays in
 * the tab.
 */
export const CONSOLE_HEADERS = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
} as const;

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

/**
 * Reads all files once: a client can ask only for those that were there at the start, by their exact names.
 * Without a folder there are none.
 */
export async function readConsoleFiles(folder: string | null): Promise<ConsoleFiles> {
  const files = new Map<string, ConsoleFile>();
  if (folder === null) return files;
  for (const entry of await list(folder)) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const contentType = CONTENT_TYPES[extname(entry.name)] ?? 'application/octet-stream';
    files.set(relative(folder, path).split(sep).join('/'), { contentType, body: await readFile(path) });
  }
  return files;
}

async function list(folder: string) {
  try {
    return await readdir(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
