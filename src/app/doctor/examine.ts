import { type Config, deliveryUrl, type Environment, httpUrl } from '../../config/index.js';
import type { Logger } from '../../core/ports/logger.js';
import { checkConfiguration } from './configuration-check.js';
import { checkDatabase } from './database-check.js';
import {
  checkDelivery,
  checkIdle,
  checkSourceAddress,
  checkUpgrade,
  checkWithheldPong,
  type Patience,
  tried,
} from './delivery-check.js';
import { checkDeliveryUrl } from './delivery-url-check.js';
import { type ApiAccess, ApiClient, ApiRefused, endpointOf } from './doctor-api.js';
import { Recipients } from './doctor-recipients.js';
import { type Finding, leftOut, notChecked, ok, reasonOf, wrong } from './finding.js';
import { checkRedis } from './redis-check.js';

export interface Examination {
  /** As the node has it. */
  environment: Environment;
  /** The API; its URL is null where the environment's own node is meant. */
  access: { url: string | null; key: string | null };
  /** Also waits for an idle connection. */
  long: boolean;
  patience: Patience;
  now(): number;
  logger: Logger;
  /** Hears of each finding as it is made. */
  onFinding(finding: Finding): void;
}

/** Looks at an installation from outside and inside, one check after the other. Leaves nothing behind. */
export async function examine(examination: Examination): Promise<Finding[]> {
  const { environment, access, logger, now, onFinding } = examination;
  const found: Finding[] = [];
  const tell = (...findings: readonly Finding[]) => {
    found.push(...findings);
    findings.forEach(onFinding);
  };
  const { config, findings } = checkConfiguration(environment);
  tell(...findings);
  if (config === null) {
    tell(
      ...['database', 'redis', 'delivery'].map((check) => notChecked(check, 'the configuration cannot be read', 'mend it first')),
    );
    return found;
  }
  tell(...(await checkDatabase({ config, logger, now })));
  tell(...(await checkRedis(config)));
  const api: ApiAccess = { url: access.url ?? httpUrl(reachable(config.api.host), config.api.port), key: access.key };
  tell(await checkApi(api), await checkDeliveryUrl(publicUrlOf(config)));
  await checkEndToEnd(api, examination, tell);
  return found;
}

/** Returns an address at which a server can be asked that listens on all of them. */
const reachable = (host: string): string => (['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host);

/** Returns PUBLIC_DELIVERY_URL, or its default; null if nobody can tell. */
function publicUrlOf({ publicDeliveryUrl, delivery: { host, port } }: Config): string | null {
  return publicDeliveryUrl ?? (port === 0 ? null : deliveryUrl(reachable(host), port));
}

async function checkApi(access: ApiAccess): Promise<Finding> {
  const endpoint = endpointOf(access.url);
  try {
    await new ApiClient(access).ask('{ __typename }');
    return ok('API', `answers at ${endpoint}`);
  } catch (error) {
    if (!(error instanceof ApiRefused))
      return wrong(
        'API',
        `nobody answers at ${endpoint}: ${reasonOf(error)}`,
        'check TIDINGS_URL, and that an API node listens there',
      );
    if (error.code !== 'UNAUTHENTICATED')
      return wrong('API', error.message, 'check that TIDINGS_URL leads to an API node, and its log');
    if (access.key === null) return ok('API', `answers at ${endpoint}`);
    return wrong(
      'API',
      'the key is not valid (401)',
      'check TIDINGS_API_KEY: it may be revoked, expired, or of another installation',
    );
  }
}

const END_TO_END = [
  ['upgrade', checkUpgrade],
  ['delivery', checkDelivery],
  ['withheld pong', checkWithheldPong],
  ['source address', checkSourceAddress],
] as const;

async function checkEndToEnd(
  access: ApiAccess,
  { long, patience }: Examination,
  tell: (finding: Finding) => void,
): Promise<void> {
  const checks = long ? [...END_TO_END, ['idle', checkIdle] as const] : END_TO_END;
  if (access.key === null) {
    for (const [check] of checks)
      tell(
        notChecked(
          check,
          'there is no key',
          'set TIDINGS_API_KEY (or --key-file) to a key for registerRecipient, pushMessage, message and cancelMessages',
        ),
      );
    return;
  }
  const recipients = new Recipients(new ApiClient(access));
  try {
    for (const [check, run] of checks) tell(await tried(check, () => run({ recipients, patience })));
    if (!long) tell(leftOut('idle', 'whether an idle connection lives for 75 s: --long'));
  } finally {
    await recipients
      .recallAll()
      .catch((error) => tell(wrong('clean-up', reasonOf(error), 'what the doctor pushed expires within an hour')));
  }
}
