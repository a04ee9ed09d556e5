import { here } from '../data/hash-location.js';
import { currentKeyQuery, type OpenSession } from '../data/open-session.js';
import { messagesQuery } from '../views/messages/messages-query.js';
import { filterOf } from '../views/messages/messages-question.js';

/**
 * Asks what the first view is going to ask, while its code still comes, and before it is known whether the key may: on a
 * slow line each round costs a tenth of a second and more.
 */
export function askFirst({ memory, ask }: OpenSession): void {
  void memory.prefetchQuery(currentKeyQuery(ask));
  const { path, options } = here();
  // "Last hour" begins when the view asks.
  if ((path !== '/' && path !== '/messages') || options.time) return;
  void memory.prefetchInfiniteQuery(messagesQuery(ask, filterOf(path === '/' ? {} : options, Date.now())));
}
