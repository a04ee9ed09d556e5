import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, ConfigError } from './config.js';
import { tokenSecrets } from './parsers.js';

/** Completes the configuration with a secret: without TOKEN_SECRET the one in DATA_DIR, made once. */
export async function withTokenSecret(config: Config): Promise<Config> {
  if (config.tokenSecrets.length > 0) return config;
  return Object.freeze({ ...config, tokenSecrets: await readOrMake(config.dataDir) });
}

/** Judges what was stored as TOKEN_SECRET is judged: whoever knows or guesses it can forge tokens. */
function judge(path: string, text: string): string[] {
  const { data, error } = tokenSecrets.safeParse(text.replace(/\n+$/, ''));
  if (data !== undefined) return data;
  throw new ConfigError([`the token secret in ${path} ${error?.issues[0]?.message}: delete the file to have a new one made`]);
}

async function readOrMake(dataDir: string): Promise<string[]> {
  const path = join(dataDir, 'token-secret');
  const read = async () => judge(path, await readFile(path, 'utf8'));
  try {
    return await read();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
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
