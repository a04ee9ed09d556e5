import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config.js';

/** Completes the configuration with a secret: without TOKEN_SECRET the one in DATA_DIR, made once. */
export async function withTokenSecret(config: Config): Promise<Config> {
  if (config.tokenSecrets.length > 0) return config;
  return Object.freeze({ ...config, tokenSecrets: [await readOrMake(config.dataDir)] });
}

async function readOrMake(dataDir: string): Promise<string> {
  const path = join(dataDir, 'token-secret');
  const read = async () => (await readFile(path, 'utf8')).trim();
  try {
    return await read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new Error(`the token secret in ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
  }
  await mkdir(dataDir, { recursive: true });
  // The file is whole or absent, and the first of two that start at once wins: `link` refuses what exists.
  const unfinished = `${path}.${randomUUID()}`;
  const file = await open(unfinished, 'wx', 0o600);
  await file.writeFile(`${randomBytes(32).toString('base64url')}\n`);
  await file.sync();
  await file.close();
  await link(unfinished, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(unfinished);
  return read();
}
