/**
 * `node scripts/console-screenshots.mjs [FOLDER] [NAME…]`: makes pictures of every view of the console, in both
 * themes, 1280 and 390 pixels wide, and in the states that are hard to come by: on a server of its own with
 * sample data. For those who work on the console. With `--guide` it makes those of the guide instead, in docs/images/.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ensureBuilt } from './build.mjs';
import { GUIDE_SCENES, SCENES } from './lib/console-scenes.mjs';
import { seed } from './lib/console-seed.mjs';
import { here } from './lib/files.mjs';
import { failWith } from './lib/run.mjs';

const SIZES = [
  { width: 1280, height: 900 },
  { width: 390, height: 844 },
];
const THEMES = ['light', 'dark'];
/** Pictures of the guide are small: they lie in the repository. */
const GUIDE = { width: 1040, height: 560 };

async function main([first, ...names]) {
  const guide = first === '--guide';
  const folder = guide ? here('docs/images') : (first ?? here('.cache/screenshots'));
  await ensureBuilt();
  await mkdir(folder, { recursive: true });
  const server = await startServer();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const data = await seed(server);
    const wanted = guide ? GUIDE_SCENES : names;
    const scenes = Object.entries(SCENES).filter(([name]) => wanted.length === 0 || wanted.includes(name));
    const shapes = guide ? [[GUIDE, 'light']] : SIZES.flatMap((size) => THEMES.map((theme) => [size, theme]));
    for (const [name, scene] of scenes) {
      for (const [size, theme] of shapes) await shoot({ browser, server, data, folder, name, scene, size, theme, guide });
    }
    data.close();
  } finally {
    await browser.close();
    await server.stop();
  }
}

async function shoot({ browser, server, data, folder, name, scene, size, theme, guide }) {
  const context = await browser.newContext({ viewport: size, colorScheme: theme, locale: 'en-GB', timezoneId: 'Europe/Berlin' });
  const page = await context.newPage();
  const key = scene.key === undefined ? server.key : data.keys[scene.key];
  if (key) await page.addInitScript((value) => sessionStorage.setItem('tidings.api-key', value), key);
  await scene.prepare?.(page);
  await page.goto(`${server.url}/console#${typeof scene.at === 'function' ? scene.at(data) : scene.at}`);
  await scene.ready(page, data);
  const picture = guide
    ? { path: join(folder, `console-${name}.jpg`), type: 'jpeg', quality: 65 }
    : { path: join(folder, `${name}-${size.width}-${theme}.png`), fullPage: scene.whole ?? false };
  await page.screenshot(picture);
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
