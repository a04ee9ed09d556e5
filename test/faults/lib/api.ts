import { Agent, request } from 'node:http';
import type { Answered } from './ledger.js';

export interface GraphqlError {
  message: string;
  extensions?: { code?: string; outcome?: string; retryAfter?: number };
}

/** Reports a call that failed as a whole, or whose root field did. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  constructor(
    readonly status: number,
    readonly errors: readonly GraphqlError[],
  ) {
    super(`HTTP ${status}: ${errors.map(({ message, extensions }) => `${extensions?.code} ${message}`).join('; ')}`);
  }

  get code(): string | undefined {
    return this.errors[0]?.extensions?.code;
  }

  get outcome(): string | undefined {
    return this.errors[0]?.extensions?.outcome;
  }
}

const ROW = 'id recipient message status globalMessageId';

const agent = new Agent({ keepAlive: true });

/** Calls the API nodes in turn, as a tenant's backend does. */
export class Api {
  #next = 0;

  /** @param urls of the API nodes as they are now, without a path */
  constructor(
    private readonly urls: () => readonly string[],
    readonly key: string,
  ) {}

  /** @throws CallFailed, or a network error, which leaves open whether the call took place */
  async call<T>(query: string, variables: object = {}, timeoutMs = 10_000): Promise<T> {
    const urls = this.urls();
    const url = urls[this.#next++ % urls.length];
    if (url === undefined) throw new Error('no API node');
    const { status, body } = await post(
      `${url}/graphql`,
      { 'x-api-key': this.key },
      JSON.stringify({ query, variables }),
      timeoutMs,
    );
    const { data, errors } = JSON.parse(body) as { data?: T | null; errors?: GraphqlError[] };
    if (errors || !data) throw new CallFailed(status, errors ?? []);
    return data;
  }

  async register(recipient: string, input: object = {}): Promise<{ token: string }> {
    const { registerRecipient } = await this.call<{ registerRecipient: { token: string } }>(
      'mutation ($input: RegisterRecipientInput!) { registerRecipient(input: $input) { token } }',
      { input: { recipient, ...input } },
    );
    return registerRecipient;
  }

  /** Ends idle connections of all tenants. */
  close(): void {
    agent.destroy();
  }

  /** Reads all messages that match, page by page. */
  async list(filter: object): Promise<Answered[]> {
    const rows: Answered[] = [];
    let nextToken: string | null = null;
    do {
      const { messages }: { messages: { items: Answered[]; nextToken: string | null } } = await this.call(
        `query ($filter: MessagesFilter, $nextToken: String) {
          messages(filter: $filter, limit: 1000, nextToken: $nextToken) { items { ${ROW} } nextToken }
        }`,
        { filter, nextToken },
      );
      rows.push(...messages.items);
      nextToken = messages.nextToken;
    } while (nextToken !== null);
    return rows;
  }
}

function post(
  url: string,
  headers: Record<string, string>,
  body: string,
  timeoutMs: number,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      { agent, method: 'POST', headers: { ...headers, 'content-type': 'application/json' } },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part) => {
          text += part;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on('error', reject);
      },
    );
    call.setTimeout(timeoutMs, () => call.destroy(new Error('no answer in time')));
    call.on('error', reject);
    call.end(body);
  });
}
