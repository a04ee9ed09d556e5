import { expect, test } from '@jest/globals';
import { StartedParts } from '../../src/app/parts/started-parts.js';

function note(stopped: string[], name: string) {
  return {
    name,
    stop: async () => {
      stopped.push(`${name} stops`);
      await new Promise((resolve) => setImmediate(resolve));
      stopped.push(`${name} stopped`);
    },
  };
}

test('are stopped one at a time, in the order opposite to their start, and once', async () => {
  const stopped: string[] = [];
  const parts = new StartedParts();
  expect(parts.add(note(stopped, 'store')).name).toBe('store');
  parts.add(note(stopped, 'api'));
  await Promise.all([parts.stop(), parts.stop()]);
  expect(stopped).toEqual(['api stops', 'api stopped', 'store stops', 'store stopped']);
});

test('a part that fails to stop leaves no other part running', async () => {
  const stopped: string[] = [];
  const parts = new StartedParts();
  parts.add(note(stopped, 'store'));
  parts.add({ stop: () => Promise.reject(new Error('stuck')) });
  parts.add(note(stopped, 'api'));
  await expect(parts.stop()).rejects.toThrow('stuck');
  expect(stopped).toEqual(['api stops', 'api stopped', 'store stops', 'store stopped']);
});
