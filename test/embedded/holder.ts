import { silentLogger } from '../../src/core/ports/logger.js';
import { openEmbedded } from '../../src/embedded/supervisor.js';

// A process that opens the embedded database, says so in one line of JSON, and holds it until SIGTERM. Asked
// for its logs, it writes them to standard error.
const [dataDir = '', logs = ''] = process.argv.slice(2);
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const log = (level: string) => (fields: object, message: string) =>
  logs === 'logs' ? void process.stderr.write(`${JSON.stringify({ level, message, ...fields })}\n`) : undefined;
const logger = {
  ...silentLogger,
  debug: log('debug'),
  error: log('error'),
  info: (fields: object, message: string) => say({ message, ...fields }),
};

try {
  const embedded = await openEmbedded({ dataDir, postgresBin: null }, logger);
  say({ url: embedded.url, owned: embedded.owned });
  const alive = setInterval(() => {}, 60_000);
  process.once('SIGTERM', async () => {
    await embedded.stop();
    clearInterval(alive);
  });
} catch (error) {
  say({ error: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
