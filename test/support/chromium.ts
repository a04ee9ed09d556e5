import { type Browser, chromium } from 'playwright-core';
import { processTree } from './process.js';

export interface TestChromium {
  browser: Browser;
  /** Stops all of the browser's processes, as a laptop that is closed does. */
  freeze(): Promise<void>;
  continue(): void;
  close(): Promise<void>;
}

/** Debian's Chromium with an empty profile, and with the back/forward cache that playwright would switch off. */
export async function startChromium(): Promise<TestChromium> {
  const server = await chromium.launchServer({
    executablePath: '/usr/bin/chromium',
    ignoreDefaultArgs: ['--disable-back-forward-cache', '--headless'],
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const browser = await chromium.connect(server.wsEndpoint());
  let frozen: number[] = [];
  const resume = () => {
    for (const pid of frozen.splice(0).reverse()) process.kill(pid, 'SIGCONT');
  };
  return {
    browser,
    async freeze() {
      frozen = await processTree(server.process().pid as number);
      for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    },
    continue: resume,
    async close() {
      resume();
      await browser.close();
      await server.close();
    },
  };
}
