import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, ConfigError } from './config.js';
import { secretList } from './parsers.js';

/** Completes the configuration with secrets that are made once, in DATA_DIR, where the environment has none. */
export async function withMadeSecrets(config: Config): Promise<Config> {
  const { tokenSecrets: given, webhooks, dataDir, store } = config;
  const tokenSecrets = given.length > 0 ? given : await readOrMake(dataDir, 'token-secret', 'token secret');
  // Nodes that share a database share this key: it belongs to the data, so it is only made beside them.
  const makesKey = webhooks.secretsKeys.length === 0 && store.databaseUrl === null;
  const secretsKeys = makesKey ? await readOrMake(dataDir, 'secrets-key', "key of webhooks' secrets") : webhooks.secretsKeys;
  return Object.freeze({ ...config, tokenSecrets, webhooks: Object.freeze({ ...webhooks, secretsKeys }) });
}

/** Judges what was stored as its variable is judged: whoever knows or guesses it can forge tokens. */
function judge(path: string, what: string, text: string): string[] {
  const { data, error } = secretList.safeParse(text.replace(/\n+$/, ''));
  if (data !== undefined) return data;
  throw new ConfigError([`the ${what} in ${path} ${error?.issues[0]?.message}: delete the file to have a new one made`]);
}

async function readOrMake(dataDir: string, name: string, what: string): Promise<string[]> {
  const path = join(dataDir, name);
  const read = async () => judge(path, what, await readFile(path, 'utf8'));
  try {
    return await read();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new Error(`the ${what} in ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
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
