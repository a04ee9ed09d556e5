import { VERSION } from '../config/index.js';
import type { Io } from './io.js';
import { jsonLine } from './print.js';

/** Names the tenant of the key that is made on the first start. */
export const DEMO_TENANT = 'demo';

const NAMES: Readonly<Record<string, string>> = {
  api: 'GraphQL API',
  console: 'Console',
  delivery: 'WebSocket delivery',
  admin: 'Health and metrics',
};

interface Announcement {
  urls: Readonly<Record<string, string>>;
  /** Key that was made, if one was; it is shown only this once. */
  apiKey: string | null;
}

/** Says where the node is. */
export function announce(io: Io, role: string, { urls, apiKey }: Announcement, json: boolean): void {
  const said = `Tidings ${VERSION} is ready (${role}).`;
  if (json || io.piped?.out) {
    io.out(jsonLine('info', said, { role, urls, ...(apiKey === null ? {} : { apiKey }) }));
    return;
  }
  const pages = urls.api === undefined ? {} : { console: urls.api.replace(/graphql$/, 'console') };
  const lines = Object.entries({ ...urls, ...pages }).map(([name, url]) => `  ${(NAMES[name] ?? name).padEnd(24)} ${url}`);
  if (apiKey !== null) {
    lines.push(`  ${'Demo API key'.padEnd(24)} ${apiKey}`, `  (tenant "${DEMO_TENANT}", full scope; shown only this once)`);
  }
  io.out(`${said}\n${lines.join('\n')}\n`);
}
