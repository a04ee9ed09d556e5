import { randomBytes } from 'node:crypto';
import { until } from '../../support/index.js';
import { Api } from './api.js';
import { Client, type ClientOptions } from './client.js';
import type { Ledger, Verdict } from './ledger.js';
import { FaultNode, type Role } from './node.js';
import { usageDifferences } from './usage.js';

const REGISTRATIONS_AT_ONCE = 50;

export interface InstallationOptions {
  databaseUrl: string;
  redisUrl: string;
  /** Counts the nodes of each kind. Default 2. */
  apiNodes?: number | undefined;
  deliveryNodes?: number | undefined;
  /** Sets variables of all nodes. */
  env?: Readonly<Record<string, string>> | undefined;
}

/** Runs separate nodes on one database and one Redis, with a tenant's key of every scope. */
export class Installation {
  readonly api: Api;

  private constructor(
    readonly apiNodes: readonly FaultNode[],
    readonly deliveryNodes: readonly FaultNode[],
    readonly key: string,
    private readonly databaseUrl: string,
  ) {
    this.api = new Api(() => this.apiNodes.map(({ url }) => url), key);
  }

  static async start({
    databaseUrl,
    redisUrl,
    apiNodes = 2,
    deliveryNodes = 2,
    env = {},
  }: InstallationOptions): Promise<Installation> {
    const key = `tk_${randomBytes(32).toString('base64url')}`;
    const common = {
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      REDIS_PREFIX: `faults-${randomBytes(4).toString('hex')}`,
      TOKEN_SECRET: randomBytes(32).toString('hex'),
      BOOTSTRAP_API_KEY: key,
      PUBLIC_DELIVERY_URL: 'ws://push.example',
      SHUTDOWN_DELAY: '1s',
      LOG_LEVEL: 'warn',
      ...env,
    };
    const roles = [...new Array(apiNodes).fill('api'), ...new Array(deliveryNodes).fill('delivery')] as Role[];
    const started = await Promise.allSettled(roles.map((role) => FaultNode.start(role, common)));
    const nodes = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const failed = started.find((result) => result.status === 'rejected');
    if (failed) {
      await Promise.all(nodes.map((node) => node.kill()));
      throw failed.reason;
    }
    const those = (role: Role) => nodes.filter((node) => node.role === role);
    return new Installation(those('api'), those('delivery'), key, databaseUrl);
  }

  get nodes(): readonly FaultNode[] {
    return [...this.apiNodes, ...this.deliveryNodes];
  }

  /** Registers the recipients, connects them and waits until all are open. */
  async connect(recipients: readonly string[], ledger: Ledger, mode: ClientOptions['mode'] = 'plain'): Promise<Client[]> {
    const clients: Client[] = [];
    for (let i = 0; i < recipients.length; i += REGISTRATIONS_AT_ONCE) {
      const some = recipients.slice(i, i + REGISTRATIONS_AT_ONCE);
      const tokens = await Promise.all(some.map((recipient) => this.api.register(recipient)));
      for (const [n, { token }] of tokens.entries()) {
        const urls = () => this.deliveryNodes.map(({ url }) => url);
        const client = new Client({ recipient: some[n] as string, token, urls, ledger, mode });
        clients.push(client);
        client.connect();
      }
    }
    await until('all clients to be connected', () => clients.every((client) => client.isOpen), 60_000);
    return clients;
  }

  /** Waits for everything owed, perhaps in vain, then compares the ledger with what the API says. */
  async judge(ledger: Ledger, since: number, timeoutMs = 60_000): Promise<Verdict> {
    await until('everything to be delivered', () => ledger.outstanding().length === 0, timeoutMs).catch(() => {});
    // Receipts are written in batches, a moment after they came.
    const pending = async () => (await this.api.list({ status: 'PENDING' })).filter(({ message }) => ledger.knows(message));
    await until('all receipts to be recorded', async () => (await pending()).length === 0, 10_000).catch(() => {});
    return ledger.judge(await this.api.list({}), since);
  }

  /** Compares what the tenant is told to have used with what is stored. Returns what differs. */
  usageDifferences(): Promise<string[]> {
    return usageDifferences(this.api, this.databaseUrl);
  }

  async stop(): Promise<void> {
    this.api.close();
    await Promise.all(this.nodes.map((node) => node.kill()));
  }
}
