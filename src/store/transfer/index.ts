import type pg from 'pg';
import { withClient } from '../database/migrations.js';
import { writeDumpFile } from './dump-file.js';
import { type Dump, examineDump } from './dump-reader.js';
import { type DumpOptions, dumpOf } from './dump-writer.js';

export { type DumpHeader, TransferRefused } from './dump-format.js';
export { loadBackup, loadTenant } from './dump-loader.js';
export type { Dump } from './dump-reader.js';
export type { OnProgress } from './dump-writer.js';
export { examineDump };

/** Writes a dump into a new file. Returns what the file says of itself. */
export async function writeDump(path: string, options: DumpOptions): Promise<Dump> {
  const packed = options.tenant === null;
  await withClient(options.url, (client: pg.Client) => writeDumpFile(path, dumpOf(client, options), { packed }));
  return examineDump(path);
}
