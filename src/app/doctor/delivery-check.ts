import { ApiRefused } from './doctor-api.js';
import type { Recipients } from './doctor-recipients.js';
import { type Finding, notChecked, ok, reasonOf, wrong } from './finding.js';
import { HandshakeRefused, ProbeClient } from './probe-client.js';

/** How long things may take, in milliseconds. */
export interface Patience {
  /** A message to a connection that is open. */
  deliveryMs: number;
  /** A receipt's way into the database. */
  receiptMs: number;
  /** A gateway's pong, where the client gives none. */
  withheldMs: number;
  /** An idle connection is to live. */
  idleMs: number;
}

export const PATIENCE: Patience = { deliveryMs: 10_000, receiptMs: 10_000, withheldMs: 4_000, idleMs: 75_000 };

/** Connects so often: behind a load balancer every node is to be met. */
const HANDSHAKES = 8;

interface DeliveryInputs {
  recipients: Recipients;
  patience: Patience;
}

type Check = (inputs: DeliveryInputs) => Promise<Finding>;

/** Runs a check; what the API refuses, or a handshake, is what it has found. */
export async function tried(check: string, run: () => Promise<Finding>): Promise<Finding> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof HandshakeRefused) return handshakeFinding(check, error);
    if (error instanceof ApiRefused) {
      if (error.code === 'FORBIDDEN')
        return notChecked(check, error.message, 'use a key for registerRecipient, pushMessage, message and cancelMessages');
      return wrong(check, `the API refused: ${error.message} (${error.code})`, 'see the log of the API node');
    }
    return wrong(check, reasonOf(error), 'check that the API node can be reached from here');
  }
}

function handshakeFinding(check: string, { status, message }: HandshakeRefused): Finding {
  const leads = 'PUBLIC_DELIVERY_URL has to lead to the delivery nodes';
  const remedies: Record<string, string> = {
    null: `${leads}: check its host, port, scheme and certificate, and that a delivery node listens there`,
    401: 'TOKEN_SECRET of the delivery node is another one than that of the API node: give every node the same list',
    403: 'a proxy in between refuses, or changes the Origin: let WebSocket upgrades through as they are',
    404: `${leads}, with its path: what answers there knows no such path`,
    426: 'a proxy in between drops the upgrade: let it pass "Upgrade" and "Connection" on (see deploy/nginx.conf)',
    429: 'a limit of connections is reached: see MAX_CONNECTIONS_PER_RECIPIENT and "tidings tenant limit"',
    502: 'the proxy reaches no delivery node: check its upstream and that a node is up',
    503: 'no delivery node takes connections: it is draining, full (MAX_CONNECTIONS) or without a database; see /readyz',
  };
  const otherwise = `${leads}: what answers there is no delivery node, or a proxy that passes no WebSocket upgrades`;
  return wrong(check, message, remedies[String(status)] ?? otherwise);
}

/** Connects again and again, so that each node behind a load balancer is met. */
export const checkUpgrade: Check = async ({ recipients }) => {
  const { uri } = await recipients.register();
  const refused: HandshakeRefused[] = [];
  for (let i = 0; i < HANDSHAKES; i++) {
    try {
      (await ProbeClient.open(uri, { answersPings: true })).close();
    } catch (error) {
      if (!(error instanceof HandshakeRefused)) throw error;
      refused.push(error);
    }
  }
  const [first] = refused;
  if (first === undefined) return ok('upgrade', `${HANDSHAKES} handshakes with a new token were accepted`);
  const finding = handshakeFinding('upgrade', first);
  if (refused.length === HANDSHAKES) return finding;
  return {
    ...finding,
    said: `${refused.length} of ${HANDSHAKES} handshakes were refused (${first.message}): not all delivery nodes are the same`,
  };
};

/** Pushes to an open connection: the text has to come, and its pong has to come back. */
export const checkDelivery: Check = async ({ recipients, patience }) => {
  const { name, uri } = await recipients.register();
  const probe = await ProbeClient.open(uri, { answersPings: true });
  try {
    const { id, text } = await recipients.push(name);
    if (!(await probe.receives(text, patience.deliveryMs)))
      return wrong(
        'delivery',
        'a message that was pushed did not arrive',
        'look at the logs of the delivery node: its database, its bus (REDIS_URL and REDIS_PREFIX have to be those of the API node)',
      );
    const status = await recipients.statusOf(id, 'DELIVERED', patience.receiptMs);
    if (status === 'DELIVERED') return ok('delivery', 'a message arrived, and its ping and pong passed end to end');
    return wrong(
      'delivery',
      `a message arrived, but stays ${status}: ${probe.pings === 0 ? 'its ping did not arrive' : 'its pong did not come back'}`,
      'something in between swallows WebSocket control frames: have it pass pings and pongs, or use tidings.v1, whose acks are text',
    );
  } finally {
    probe.close();
  }
};

/** Withholds the pong: the message has to stay PENDING, or somebody in between answers for the client. */
export const checkWithheldPong: Check = async ({ recipients, patience }) => {
  const { name, uri } = await recipients.register();
  const probe = await ProbeClient.open(uri, { answersPings: false });
  try {
    const { id, text } = await recipients.push(name);
    if (!(await probe.receives(text, patience.deliveryMs)))
      return notChecked('withheld pong', 'the message did not arrive', 'mend delivery first');
    const status = await recipients.statusOf(id, 'DELIVERED', patience.withheldMs);
    if (status !== 'DELIVERED') return ok('withheld pong', `without a pong the message stays ${status}`);
    return wrong(
      'withheld pong',
      'the message counts as DELIVERED although the client gave no pong: a gateway in between answers pings itself',
      'use tidings.v1 (or @tidings/client) behind this gateway: its acks come from the application. Plain receipts mean no more than that the gateway has the message',
    );
  } finally {
    probe.close();
  }
};

/** Restricts a token to the address from which this machine connects. */
export const checkSourceAddress: Check = async ({ recipients }) => {
  const { uri } = await recipients.register();
  const first = await ProbeClient.open(uri, { answersPings: true });
  const address = first.localAddress;
  first.close();
  const restricted = await recipients.register({ sourceIp: address });
  try {
    (await ProbeClient.open(restricted.uri, { answersPings: true })).close();
    return ok('source address', `arrives as it is (${address})`);
  } catch (error) {
    if (!(error instanceof HandshakeRefused) || error.status !== 403) throw error;
    return wrong(
      'source address',
      `the delivery node sees another address than ${address}, from which this machine connected`,
      'set TRUST_PROXY on delivery nodes to the ranges of your proxies, and let these set X-Forwarded-For. If there is address translation on the way from here, run the doctor from a machine without it',
    );
  }
};

/** Leaves a connection idle but for its pings. */
export const checkIdle: Check = async ({ recipients, patience }) => {
  const { uri } = await recipients.register();
  const probe = await ProbeClient.open(uri, { answersPings: true });
  try {
    const began = Date.now();
    const code = await probe.endsWithin(patience.idleMs);
    if (code === null) return ok('idle', `an idle connection lived for ${Math.round(patience.idleMs / 1000)} s`);
    return wrong(
      'idle',
      `an idle connection was cut after ${Math.round((Date.now() - began) / 1000)} s (close code ${code})`,
      'raise the time-out for idle connections of the proxy (nginx: proxy_read_timeout, HAProxy: timeout tunnel) above PING_INTERVAL. Some count no control frames: set it to an hour then',
    );
  } finally {
    probe.close();
  }
};
