import { createWriteStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { TransferRefused } from './dump-format.js';

/** Packs about as well as the default, at half the CPU. */
const GZIP_LEVEL = 4;

/**
 * Writes pieces into a file that only its owner can read, and that did not exist. A file that was begun and
 * not ended is removed; one that a kill leaves behind is refused by whoever reads it.
 *
 * @throws TransferRefused if the file exists
 */
export async function writeDumpFile(path: string, pieces: AsyncIterable<Buffer>, options: { packed: boolean }): Promise<void> {
  const file = await create(path);
  try {
    await file.chmod(0o600);
    const target = createWriteStream(path, { fd: file.fd, autoClose: false });
    if (options.packed) await pipeline(Readable.from(pieces), createGzip({ level: GZIP_LEVEL }), target);
    else await pipeline(Readable.from(pieces), target);
    await file.sync();
    await file.close();
  } catch (error) {
    await file.close().catch(() => {});
    await rm(path, { force: true });
    throw error;
  }
}

async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new TransferRefused(`${path} exists already, and no file is written over: name another one`);
    throw new TransferRefused(`${path} cannot be written (${code})`);
  }
}
