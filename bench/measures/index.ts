import type { Measure } from '../lib/measure.js';
import { beside } from './beside.js';
import { burst } from './burst.js';
import { connect } from './connect.js';
import { drain } from './drain.js';
import { fair } from './fair.js';
import { fanout } from './fanout.js';
import { feed } from './feed.js';
import { growth } from './growth.js';
import { hostile } from './hostile/hostile.js';
import { idle } from './idle.js';
import { latency } from './latency.js';
import { live } from './live.js';
import { push } from './push.js';
import { query } from './query.js';
import { reasons } from './reasons.js';
import { settle } from './settle.js';
import { size } from './size.js';
import { webhooks } from './webhooks.js';

export const MEASURES: readonly Measure[] = [
  fanout,
  burst,
  push,
  size,
  fair,
  hostile,
  latency,
  drain,
  feed,
  connect,
  idle,
  query,
  reasons,
  webhooks,
  growth,
  settle,
  live,
  beside,
];
