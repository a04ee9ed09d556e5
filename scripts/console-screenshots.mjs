/**
 * `node scripts/console-screenshots.mjs [FOLDER] [NAME…]`: makes pictures of every view of the console, in both
 * themes, 1280 and 390 pixels wide, and in the states that are hard to come by: on a server of its own with
 * sample data. For those who work on the console, and for the guide in docs/.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ensureBuilt } from './build.mjs';
import { SCENES } from './lib/console-scenes.mjs';
import { seed } from './lib/console-seed.mjs';
import { here } from './lib/files.mjs';
import { failWith } from './lib/run.mjs';

const SIZES = [
  { width: 1280, height: 900 },
  { width: 390, height: 844 },
];
const THEMES = ['light', 'dark'];

async function main([folder = here('.cache/screenshots'), ...names]) {
  await ensureBuilt();
  await mkdir(folder, { recursive: true });
  const server = await startServer();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const data = await seed(server);
    const scenes = Object.entries(SCENES).filter(([name]) => names.length === 0 || names.includes(name));
    for (const [name, scene] of scenes) {
      for (const size of SIZES)
        for (const theme of THEMES) await shoot({ browser, server, data, folder, name, scene, size, theme });
    }
    data.close();
  } finally {
    await browser.close();
    await server.stop();
  }
}

async function shoot({ browser, server, data, folder, name, scene, size, theme }) {
  const context = await browser.newContext({ viewport: size, colorScheme: theme, locale: 'en-GB', timezoneId: 'Europe/Berlin' });
  const page = await context.newPage();
  const key = scene.key === undefined ? server.key : data.keys[scene.key];
  if (key) await page.addInitScript((value) => sessionStorage.setItem('tidings.api-key', value), key);
  await scene.prepare?.(page);
  await page.goto(`${server.url}/console#${typeof scene.at === 'function' ? scene.at(data) : scene.at}`);
  await scene.ready(page, data);
  await page.screenshot({ path: join(folder, `${name}-${size.width}-${theme}.png`), fullPage: scene.whole ?? false });
  await context.close();
}

async function startServer() {
  const [api, delivery] = [await freePort(), await freePort()];
  const dataDir = await mkdtemp(join(tmpdir(), 'tidings-screenshots-'));
  const key = `tk_${randomBytes(32).toString('base64url')}`;
  const child = spawn(process.execPath, [here('bin/tidings.mjs'), 'serve'], {
    env: {
      ...{ PATH: process.env.PATH, DATA_DIR: dataDir, BOOTSTRAP_API_KEY: key },
      ...{ API_PORT: `${api}`, DELIVERY_PORT: `${delivery}`, SHUTDOWN_SPREAD: '1s' },
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${api}`;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  while (
    !(await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    ...{ url, key },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

await main(process.argv.slice(2)).catch(failWith);
