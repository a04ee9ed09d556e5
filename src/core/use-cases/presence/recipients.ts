import { badInput } from '../../domain/errors.js';
import { LIMITS } from '../../domain/limits.js';
import { hasLength, requireCleanText } from '../../domain/text.js';
import type { ActivityStore } from '../../ports/stores/activity-store.js';
import { parsePageLimit } from '../../validation/page-limit.js';

/** Lists names that have messages and begin like this, in the order of code points. */
export const recipients =
  ({ store }: { store: Pick<ActivityStore, 'recipientsBeginning'> }) =>
  async (tenantId: string, { startsWith, limit }: { startsWith: string; limit?: number | null }): Promise<string[]> => {
    const beginning = requireCleanText('startsWith', startsWith);
    if (beginning !== '' && !hasLength(beginning, LIMITS.recipientChars))
      throw badInput('startsWith', `startsWith must have at most ${LIMITS.recipientChars} characters`);
    const most = parsePageLimit('limit', limit, LIMITS.recipientsListed);
    return store.recipientsBeginning(tenantId, beginning, most);
  };
