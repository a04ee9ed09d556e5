import { randomBytes } from 'node:crypto';
import type { ApiClient } from './doctor-api.js';

const LOOK_AGAIN_MS = 200;

/** Makes recipients of the doctor's own, pushes to them, and recalls what it left. */
export class Recipients {
  readonly #names: string[] = [];

  constructor(private readonly api: ApiClient) {}

  /** Registers a new recipient. */
  async register(restriction: { sourceIp?: string } = {}): Promise<{ name: string; uri: string }> {
    const name = `tidings-doctor-${randomBytes(8).toString('hex')}`;
    const { registerRecipient } = await this.api.ask<{ registerRecipient: { connectionUri: string } }>(
      'mutation ($input: RegisterRecipientInput!) { registerRecipient(input: $input) { connectionUri } }',
      { input: { recipient: name, expiresIn: 600, ...restriction } },
    );
    return { name, uri: registerRecipient.connectionUri };
  }

  /** Pushes a message that would expire by itself. */
  async push(name: string): Promise<{ id: string; text: string }> {
    const text = `Tidings doctor ${randomBytes(6).toString('hex')}`;
    this.#names.push(name);
    const { pushMessage } = await this.api.ask<{
      pushMessage: Array<{ item: { id: string } | null; error: { message: string } | null }>;
    }>('mutation ($input: MessageInput!) { pushMessage(input: $input) { item { id } error { message } } }', {
      input: { recipients: [name], message: text, expiresAt: new Date(Date.now() + 3_600_000).toISOString() },
    });
    const [entry] = pushMessage;
    if (!entry?.item) throw new Error(`a push was refused: ${entry?.error?.message}`);
    return { id: entry.item.id, text };
  }

  /** Waits for a status. Returns the one that there is in the end. */
  async statusOf(id: string, wanted: string, ms: number): Promise<string> {
    const end = Date.now() + ms;
    for (;;) {
      const { message } = await this.api.ask<{ message: { status: string } | null }>(
        'query ($id: ID!) { message(id: $id) { status } }',
        { id },
      );
      const status = message?.status ?? 'unknown';
      if (status === wanted || Date.now() >= end) return status;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  /** Recalls what is still pending. */
  async recallAll(): Promise<void> {
    for (const recipient of this.#names.splice(0)) {
      await this.api.ask('mutation ($input: CancelMessagesInput!) { cancelMessages(input: $input) { cancelled } }', {
        input: { recipient },
      });
    }
  }
}
