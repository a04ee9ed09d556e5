import { expect, test } from '@jest/globals';
import { createDebugLog } from '../../src/observability/bounded-debug-log.js';

interface Line {
  message: string;
  [field: string]: unknown;
}

/** Opens a debug log with a clock that the test turns. */
function open(options: { level?: string; inClear?: boolean } = {}) {
  const lines: Line[] = [];
  let now = 0;
  const due: Array<{ at: number; run: () => void }> = [];
  const debug = createDebugLog({
    level: 'debug',
    inClear: false,
    ...options,
    logger: { debug: (fields, message) => lines.push({ ...fields, message }) },
    names: {
      recipientHmac: async (tenant, name) => {
        if (tenant === 'gone') throw new Error('the tenant is gone');
        return `hmac of ${name}`;
      },
    },
    timers: {
      now: () => now,
      after: (ms, run) => {
        due.push({ at: now + ms, run });
        return () => {};
      },
    },
  });
  const turn = (ms: number) => {
    now += ms;
    for (const { run } of due.splice(0).filter(({ at }) => at <= now)) run();
  };
  return { debug, lines, turn };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('writes 100 lines in a second, and then how many it left out', () => {
  const { debug, lines, turn } = open();
  for (let i = 0; i < 250; i++) debug.line('connected', { requestId: `${i}` });
  expect(lines).toHaveLength(100);
  turn(1_000);
  expect(lines.slice(100)).toEqual([{ message: 'lines left out', leftOut: 150 }]);
  debug.line('closed', { code: 1000 });
  expect(lines.at(-1)).toEqual({ message: 'closed', code: 1000 });
  turn(1_000);
  expect(lines).toHaveLength(102);
});

test('names recipients by HMAC, in clear only where the operator wants that, and not where nobody can tell', async () => {
  const { debug, lines } = open();
  debug.line('pushed', { tenant: 't', recipient: 'ann' });
  debug.line('pushed', { tenant: 'gone', recipient: 'ann' });
  debug.line('refused', { recipient: 'ann' });
  await settled();
  expect(lines.map(({ recipient }) => recipient)).toEqual(expect.arrayContaining(['hmac of ann', undefined]));
  expect(JSON.stringify(lines)).not.toContain('"ann"');
  const clear = open({ inClear: true });
  clear.debug.line('pushed', { tenant: 't', recipient: 'ann' });
  await settled();
  expect(clear.lines).toEqual([{ message: 'pushed', tenant: 't', recipient: 'ann' }]);
});

test.each([
  ['trace', true],
  ['debug', true],
  ['info', false],
  ['silent', false],
])('at level %s it is enabled: %s', (level, enabled) => {
  expect(open({ level }).debug.enabled).toBe(enabled);
});
