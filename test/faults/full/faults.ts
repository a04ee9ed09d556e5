import { apiNodeKilled } from './api-node-killed.fault.js';
import { postgresBlackHoled } from './black-hole.fault.js';
import { clocksApart } from './clocks.fault.js';
import { deliveryNodeKilled } from './delivery-node-killed.fault.js';
import { diskFull } from './disk-full.fault.js';
import { expiryInQueue } from './expiry.fault.js';
import { failOver } from './fail-over.fault.js';
import type { Fault } from './fault.js';
import { behindPgBouncer } from './pgbouncer.fault.js';
import { connectionsTerminated, postgresKilled, postgresStopped } from './postgres.fault.js';
import { presenceUnderChurn } from './presence.fault.js';
import { redisKilled, redisPaused, redisSubscribersCut } from './redis.fault.js';
import { retention } from './retention.fault.js';
import { rollingRestart } from './rolling-restart.fault.js';
import { rollingSigterm } from './rolling-sigterm.fault.js';
import { sdkRepeats } from './sdk-repeats.fault.js';
import { clientsFrozen, halfOpen, neverReading } from './silent-clients.fault.js';
import { slowClient } from './slow-client.fault.js';
import { statusFeedKept } from './status-feed.fault.js';
import { allAtOnce, cutAgainAndAgain } from './storms.fault.js';
import { settlingAMillion } from './tables.fault.js';
import { upgradeAndBack } from './upgrade.fault.js';

/** Lists the faults in the order in which they run. */
export const FAULTS: readonly Fault[] = [
  deliveryNodeKilled,
  apiNodeKilled,
  sdkRepeats,
  redisKilled,
  redisPaused,
  redisSubscribersCut,
  postgresKilled,
  postgresStopped,
  postgresBlackHoled,
  connectionsTerminated,
  diskFull,
  rollingRestart,
  rollingSigterm,
  failOver,
  ...behindPgBouncer,
  clientsFrozen,
  halfOpen,
  neverReading,
  expiryInQueue,
  slowClient,
  cutAgainAndAgain,
  allAtOnce,
  statusFeedKept,
  presenceUnderChurn,
  clocksApart,
  upgradeAndBack,
  settlingAMillion,
  retention,
];
