import type { Ask } from '../../data/api-client.js';
import { CLEAN_UP, PUSH, REGISTER, STATUS } from './try-it-question.js';

/** One thing that happened in a trial. */
export interface Happening {
  at: string;
  what: 'registered' | 'connected' | 'pushed' | 'received' | 'delivered' | 'closed' | 'failed';
  text: string;
  error?: Error;
}

export type TrialState = 'idle' | 'connecting' | 'open' | 'closed';

/** Asks so often whether a message is delivered, and so many times, in milliseconds. */
const LOOK_MS = 500;
const LOOKS = 120;

/** A recipient of this page's own: a connection here, and the messages that are pushed to it. */
export class Trial {
  readonly recipient: string;
  #socket: WebSocket | null = null;
  #hasPushed = false;
  readonly #abort = new AbortController();

  constructor(
    private readonly ask: Ask,
    private readonly onState: (state: TrialState) => void,
    private readonly onHappening: (happening: Happening) => void,
  ) {
    this.recipient = `try-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`;
  }

  /** Registers the recipient and connects, as a page of a tenant does. */
  async connect(): Promise<void> {
    this.onState('connecting');
    try {
      const { registerRecipient } = await this.ask(REGISTER, { recipient: this.recipient }, this.#abort.signal);
      this.#tell('registered', `Your backend registered “${this.recipient}” and got an address to connect to.`);
      this.#open(registerRecipient.connectionUri);
    } catch (error) {
      this.#fail(error);
      this.onState('closed');
    }
  }

  #open(uri: string): void {
    if (this.#abort.signal.aborted) return;
    const socket = new WebSocket(uri);
    this.#socket = socket;
    socket.onopen = () => {
      this.#tell('connected', 'This page is connected.');
      this.onState('open');
    };
    socket.onmessage = ({ data }) => this.#tell('received', textOf(String(data)));
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      this.#tell('closed', `The connection has ended (${code}).`);
      this.onState('closed');
    };
  }

  /** Pushes a text, as a backend does, and looks until it is delivered. */
  async push(text: string): Promise<void> {
    this.#hasPushed = true;
    try {
      const { pushMessage } = await this.ask(PUSH, { recipient: this.recipient, text }, this.#abort.signal);
      const [result] = pushMessage;
      if (!result?.item) throw new Error(result?.error?.message ?? 'it was not accepted');
      this.#tell('pushed', 'Your backend pushed the message: it is accepted, and kept.');
      await this.#watch(result.item.id);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #watch(id: string): Promise<void> {
    for (let look = 0; look < LOOKS && !this.#abort.signal.aborted; look++) {
      const { message } = await this.ask(STATUS, { id }, this.#abort.signal);
      if (message?.status === 'DELIVERED' && message.deliveredAt !== null) {
        const ms = Date.parse(message.deliveredAt) - Date.parse(message.createdAt);
        this.#tell('delivered', `Delivered, ${ms} ms after it was accepted: this browser confirmed it.`, message.deliveredAt);
        return;
      }
      if (message?.status !== 'PENDING') return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Ends the connection; what is pushed now waits. */
  disconnect(): void {
    this.#socket?.close(1000);
  }

  /** Leaves nothing behind: recalls what waits. */
  end(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
    this.#abort.abort();
    if (this.#hasPushed) void this.ask(CLEAN_UP, { recipient: this.recipient }).catch(() => {});
  }

  #tell(what: Happening['what'], text: string, at = new Date().toISOString()): void {
    if (!this.#abort.signal.aborted) this.onHappening({ at, what, text });
  }

  #fail(error: unknown): void {
    if (this.#abort.signal.aborted) return;
    const problem = error instanceof Error ? error : new Error(String(error));
    this.onHappening({ at: new Date().toISOString(), what: 'failed', text: '', error: problem });
  }
}

/** Returns the text of a frame as a page gets it. */
function textOf(frame: string): string {
  try {
    const { message } = JSON.parse(frame) as { message?: unknown };
    return typeof message === 'string' ? message : frame;
  } catch {
    return frame;
  }
}
