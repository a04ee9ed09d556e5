/**
 * `node scripts/console-screenshots.mjs [FOLDER] [NAME…]`: makes pictures of every view of the console, in both
 * themes, 1280 and 390 pixels wide, and in the states that are hard to come by: on a server of its own with
 * sample data. For those who work on the console. With `--guide` it makes those of the guide instead, in docs/images/;
 * with `--serve` it shows nothing, but says where the server is, and the keys, until it is interrupted.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ensureBuilt } from './build.mjs';
import { GUIDE_SCENES, SCENES } from './lib/console-scenes.mjs';
import { seed } from './lib/console-seed.mjs';
import { startServer } from './lib/console-server.mjs';
import { here } from './lib/files.mjs';
import { failWith } from './lib/run.mjs';

const SIZES = [
  { width: 1280, height: 900 },
  { width: 390, height: 844 },
];
/** A slow machine needs time: a page asks each few seconds for what is not known yet. */
const SCENE_MS = 60_000;
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
  context.setDefaultTimeout(SCENE_MS);
  const page = await context.newPage();
  const key = scene.key === undefined ? server.key : data.keys[scene.key];
  if (key) await page.addInitScript((value) => sessionStorage.setItem('tidings.api-key', value), key);
  await scene.before?.(data);
  await scene.prepare?.(page);
  await page.goto(`${server.url}/console#${typeof scene.at === 'function' ? scene.at(data) : scene.at}`);
  await scene.ready(page, data);
  const picture = guide
    ? { path: join(folder, `console-${name}.jpg`), type: 'jpeg', quality: 65 }
    : { path: join(folder, `${name}-${size.width}-${theme}.png`), fullPage: scene.whole ?? false };
  await page.screenshot(picture);
  await context.close();
}

/** Serves the sample data until it is interrupted, for somebody to try the console. */
async function serve() {
  await ensureBuilt();
  const server = await startServer();
  const data = await seed(server);
  process.stdout.write(`Console  ${server.url}/console\nSupport  ${data.keys.support}\nFull     ${server.key}\n`);
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  data.close();
  await server.stop();
}

const words = process.argv.slice(2);
await (words[0] === '--serve' ? serve() : main(words)).catch(failWith);
