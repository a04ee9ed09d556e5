/** `node bench/load.mjs [SECONDS]`: runs bench/load.ts. */
import { runTypescript } from '../scripts/lib/run-typescript.mjs';

await runTypescript('bench/load.ts');
