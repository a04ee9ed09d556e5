import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { leash } from './leash.js';
import { signalAll, stopTree } from './process.js';

export interface TestChromium {
  browser: Browser;
  /** Stops all of the browser's processes, like a laptop that is closed. */
  freeze(): Promise<void>;
  continue(): void;
  close(): Promise<void>;
}

/** Is Chromium without the browser around a page, as Debian's package chromium-headless-shell has it. */
const SHELL = '/usr/lib/chromium/chromium-headless-shell';

const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

interface ChromiumOptions {
  /**
   * Says that the page alone matters, and neither tabs beside it nor the back/forward cache: the headless shell shows
   * it for a third of the processor, where that is installed. Default false.
   */
  pageAlone?: boolean;
}

/**
 * Starts Debian's Chromium with an empty profile, and with the back/forward cache that playwright would
 * switch off.
 */
export async function startChromium({ pageAlone = false }: ChromiumOptions = {}): Promise<TestChromium> {
  const server = await chromium.launchServer(
    pageAlone && existsSync(SHELL)
      ? { executablePath: SHELL, args: ARGS }
      : {
          executablePath: '/usr/bin/chromium',
          ignoreDefaultArgs: ['--disable-back-forward-cache', '--headless'],
          args: ['--headless=new', ...ARGS],
        },
  );
  leash(server.process());
  const browser = await chromium.connect(server.wsEndpoint());
  const frozen: number[] = [];
  const resume = () => {
    signalAll(frozen.splice(0).reverse(), 'SIGCONT');
  };
  return {
    browser,
    async freeze() {
      frozen.push(...(await stopTree(server.process().pid as number)));
    },
    continue: resume,
    async close() {
      resume();
      await browser.close();
      await server.close();
    },
  };
}
