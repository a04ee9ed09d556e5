import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findPostgres, initDatabase, isRunning } from '../../support/index.js';
import { outage } from './database-away.js';
import { Unsupported } from './fault.js';
import { type Servers, startServers } from './stage.js';
import { ms } from './table.js';

const run = promisify(execFile);
const SIZE_MB = 256;
const FULL_MS = 15_000;

/** Fills the rest of the server's disk. */
async function fill(ballast: string): Promise<void> {
  const file = await open(ballast, 'w');
  try {
    for (const size of [1 << 20, 4096]) {
      const block = Buffer.alloc(size, 1);
      while ((await file.write(block).catch(() => ({ bytesWritten: 0 }))).bytesWritten === size);
    }
  } finally {
    await file.close();
  }
}

async function startServersOnSmallDisk(): Promise<Servers> {
  const disk = await mkdtemp(join(tmpdir(), 'tidings-disk-'));
  const { user } = await findPostgres();
  const owner = user ? `,uid=${user.uid},gid=${user.gid}` : '';
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m,mode=755${owner}`, 'tmpfs', disk]);
  } catch (error) {
    await rmdir(disk);
    throw new Unsupported(`no tmpfs can be mounted: ${error instanceof Error ? error.message : error}`);
  }
  const folder = join(disk, 'server');
  await mkdir(folder);
  if (user) await run('chown', [`${user.uid}:${user.gid}`, folder]);
  await initDatabase(folder);
  const servers = await startServers({ folder });
  return {
    ...servers,
    stop: async () => {
      await servers.stop();
      await run('umount', [disk]);
      await rmdir(disk);
    },
  };
}

export const diskFull = outage({
  name: 'disk-full',
  about: `disk full under PostgreSQL (a tmpfs of ${SIZE_MB} MB) for ${ms(FULL_MS)}`,
  startServers: startServersOnSmallDisk,
  async attack(stage) {
    const { postgres } = stage.servers;
    const ballast = join(postgres.folder, 'ballast');
    await fill(ballast);
    await stage.lasting(FULL_MS);
    // Space that vacuum and checkpoints have freed meanwhile is filled, too.
    const server = postgres.pid;
    await rm(ballast);
    // A server that could not write its log has ended; its service manager starts it again.
    if (!(await isRunning(server))) {
      stage.note('PostgreSQL had ended for want of room, and was restarted');
      await postgres.restart();
    }
  },
});
