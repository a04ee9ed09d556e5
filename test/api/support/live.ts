import type { NewLiveEvent } from '../../../src/core/domain/live/live-event.js';
import type { LiveTopics } from '../../../src/core/ports/live-topics.js';
import { compileCondition } from '../../../src/live/matching/cel-condition.js';
import { TestDirectory } from '../../live/directory-fake.js';

export type FakeLive = LiveTopics & { published: Array<Omit<NewLiveEvent, 'flows'>>; directory: TestDirectory };

/** Live topics without connections: notes what was published. */
export function fakeLive(): FakeLive {
  const published: Array<Omit<NewLiveEvent, 'flows'>> = [];
  return {
    published,
    directory: new TestDirectory(),
    events: {
      async publish(_tenantId, parts) {
        const events = parts.flat();
        published.push(...events);
        return events.map((_, i) => `01890000-0000-7000-8000-${String(published.length - events.length + i).padStart(12, '0')}`);
      },
    },
    checkCondition: async (_tenantId, field, text) => {
      compileCondition(field, text);
    },
    rulesChanged() {},
  };
}
