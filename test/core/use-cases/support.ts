import { TidingsError } from '../../../src/core/domain/errors.js';
import { noLimiter, type TenantLimiter } from '../../../src/core/ports/tenant-limiter.js';
import { cancelMessages } from '../../../src/core/use-cases/cancel-messages.js';
import { eraseRecipient } from '../../../src/core/use-cases/erase-recipient.js';
import { pushGlobalMessage } from '../../../src/core/use-cases/push-global-message.js';
import { pushMessage } from '../../../src/core/use-cases/push-message.js';
import { revokeRecipient } from '../../../src/core/use-cases/revoke-recipient.js';
import { NotingBus } from '../../api/support/api.js';
import { MemoryStore } from '../../api/support/memory-store.js';

export const TENANT = '0189c3f0-0000-7000-8000-000000000001';

type InputOf<UseCase extends (deps: never) => (tenantId: string, input: never, rest: never) => unknown> = Parameters<
  ReturnType<UseCase>
>[1];

/** The use cases of one tenant, on a store in memory and a bus that notes what is published. */
export class Rig {
  /** Time of the database. */
  now = Date.now();
  store = new MemoryStore();
  bus = new NotingBus();
  limiter: TenantLimiter = noLimiter;

  push = (input: InputOf<typeof pushMessage>) => pushMessage(this.#deps())(TENANT, input);
  pushGlobal = (input: InputOf<typeof pushGlobalMessage>) => pushGlobalMessage(this.#deps())(TENANT, input);
  cancel = (input: InputOf<typeof cancelMessages>) => cancelMessages(this.#deps())(TENANT, input, null);
  revoke = (recipient: string) => revokeRecipient(this.#deps())(TENANT, { recipient }, null);
  erase = (recipient: string) => eraseRecipient(this.#deps())(TENANT, { recipient }, null);

  #deps() {
    return { store: this.store, bus: this.bus, clock: { now: () => this.now }, limiter: this.limiter, tokenTtlMs: 1000 };
  }
}

export const codeOf = (promise: Promise<unknown>) =>
  promise.then(() => 'accepted').catch((error) => (error instanceof TidingsError ? error.code : error));
