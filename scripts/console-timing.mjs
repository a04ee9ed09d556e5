/**
 * `node scripts/console-timing.mjs [ROUNDS]`: measures how soon the console can be used at 1.6 Mbit/s, and its size as it
 * is sent, in Chromium on a server of its own with sample data. For those who work on the console.
 */
import { readdir, stat } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { ensureBuilt } from './build.mjs';
import { seed } from './lib/console-seed.mjs';
import { startServer } from './lib/console-server.mjs';
import { here } from './lib/files.mjs';
import { failWith } from './lib/run.mjs';

/** As Lighthouse's "slow 4G": bytes a second, and milliseconds from one end to the other and back. */
const LINE = { offline: false, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8, latency: 150 };

/** What has to be on the screen before somebody can go on. */
const VISITS = {
  'the key is asked for': { hasKey: false, sign: '.key-entry input' },
  'messages are listed': { hasKey: true, sign: '.row-link' },
};

async function main([rounds = '5']) {
  await ensureBuilt();
  await printSizes();
  const server = await startServer();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const data = await seed(server);
    for (const [name, { hasKey, sign }] of Object.entries(VISITS)) {
      const first = [];
      const second = [];
      let bytes = 0;
      for (let i = 0; i < Number(rounds); i++) {
        const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
        const received = await slowDown(page);
        await page.addInitScript(remember, { key: hasKey ? server.key : '', sign });
        first.push(await visit(page, server.url));
        bytes = received();
        second.push(await visit(page, server.url));
        await page.context().close();
      }
      process.stdout.write(`${name}: first visit ${spread(first)}, second ${spread(second)}; ${kb(bytes)} come first\n`);
    }
    data.close();
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** @returns a function that tells how many bytes have come */
async function slowDown(page) {
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  await network.send('Network.emulateNetworkConditions', LINE);
  let bytes = 0;
  network.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  return () => bytes;
}

/** Runs in the page: notes when the sign is there, in milliseconds since the visit began. */
function remember({ key, sign }) {
  if (key !== '') sessionStorage.setItem('tidings.api-key', key);
  const look = () => {
    if (document.querySelector(sign) === null) return requestAnimationFrame(look);
    window.usableAfterMs = performance.now();
  };
  requestAnimationFrame(look);
}

async function visit(page, url) {
  await page.goto('about:blank');
  await page.goto(`${url}/console`);
  return (await page.waitForFunction(() => window.usableAfterMs)).jsonValue();
}

const spread = (values) => {
  const sorted = values.map(Math.round).sort((a, b) => a - b);
  return `${sorted[Math.floor(sorted.length / 2)]} ms (${sorted[0]} to ${sorted.at(-1)})`;
};

async function printSizes() {
  const folder = here('dist/console/app');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.br'));
  const sizes = await Promise.all(names.map(async (name) => (await stat(`${folder}/${name}`)).size));
  process.stdout.write(`compressed by Brotli: ${kb(sizes.reduce((sum, size) => sum + size, 0))} in all\n`);
}

const kb = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;

await main(process.argv.slice(2)).catch(failWith);
