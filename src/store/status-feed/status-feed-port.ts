import type { Metrics } from '../../core/ports/metrics.js';
import type { StatusFeedStore, StatusFeedWork } from '../../core/ports/stores/feed/status-feed-store.js';
import type { AuditLog } from '../audit/audit-log.js';
import type { Database } from '../database/database.js';
import type { MessageStatusRules } from '../message-status.js';
import { EventMessages } from './event-messages.js';
import { EventNumberer, type NumberingStep } from './event-numberer.js';
import { EventReader } from './event-reader.js';
import { FeedJanitor } from './feed-janitor.js';
import { FeedSwitch, type SwitchOffRule } from './feed-switch.js';
import { FeedWatch } from './feed-watch.js';
import { OverdueFinder } from './overdue-finder.js';

interface StatusFeedPortDeps {
  database: Database;
  audit: AuditLog;
  rules: MessageStatusRules;
  /** Keeps events for so long, in milliseconds. */
  retentionMs: number;
  metrics: Metrics;
  /** What else commits with the numbers. */
  steps?: readonly NumberingStep[];
  /** Who may object to a feed's being switched off. */
  switchOffRules?: readonly SwitchOffRule[];
}

/** Creates the part of the store that keeps the feeds of status events. See docs/design/status-feed.md. */
export function statusFeedPort({ database, audit, rules, retentionMs, metrics, ...rest }: StatusFeedPortDeps) {
  const { steps = [], switchOffRules = [] } = rest;
  const feeds = new FeedSwitch(database, audit, switchOffRules);
  const reader = new EventReader(database);
  const messages = new EventMessages(database, rules);
  const watch = new FeedWatch(database);
  const numberer = new EventNumberer({ database, metrics, steps, onNumbered: (ids) => watch.numbered(ids) });
  const overdue = new OverdueFinder(database, rules, metrics);
  const janitor = new FeedJanitor(database, retentionMs);
  const methods = {
    statusFeed: (tenantId) => feeds.read(tenantId),
    setStatusFeed: (...args) => feeds.set(...args),
    readStatusEvents: (...args) => reader.read(...args),
    newestStatusPosition: (tenantId) => reader.newest(tenantId),
    messagesOfEvents: (...args) => messages.of(...args),
    watchStatusEvents: (...args) => watch.watch(...args),
    numberStatusEvents: () => numberer.number(),
    findOverdue: () => overdue.find(),
    cleanUpStatusEvents: () => janitor.tidy(),
  } satisfies StatusFeedStore & StatusFeedWork;
  return { methods, close: () => watch.close() };
}
