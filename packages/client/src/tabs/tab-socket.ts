import type { HubFrame, TabFrame } from './channel-frames.js';
import { SharedConnection } from './shared-connection.js';

/** Takes over from a tab that answers nothing for this long, in milliseconds: it may be frozen. */
const SILENT_MS = 2000;
/** Counts as back, and not as new, for so long after its connection broke off, in milliseconds. */
const BACK_MS = 60_000;

/** When this page's connection of each name broke off. */
const brokenOffAt = new Map<string, number>();

/**
 * Looks like a WebSocket to the client of its tab. The tabs that open one of the same name have one
 * connection: that of the tab that holds the lock of this name.
 */
export class TabSocket extends EventTarget {
  readonly #id = crypto.randomUUID();
  readonly #channel: BroadcastChannel;
  readonly #waiting = new AbortController();
  /** Holds the locks of this tab until it has ended. */
  readonly #held: Promise<void>;
  #release = () => {};
  /** The tab that has the connection. */
  #hub: string | undefined;
  #open = false;
  #ended = false;
  /** The connection, if it is this tab's. */
  #shared: SharedConnection | undefined;

  /**
   * @param speaksFor tells whether a token is of the recipient whose connection this is
   * @param connect opens the connection
   */
  constructor(
    private readonly name: string,
    private readonly uri: string,
    private readonly speaksFor: (token: string) => boolean,
    private readonly connect: (uri: string) => WebSocket,
  ) {
    super();
    this.#held = new Promise((resolve) => {
      this.#release = resolve;
    });
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => this.#take(data);
    // Whoever gets this lock knows that the tab is gone, whatever ended it.
    this.#hold(this.#id, {}, () => this.#enter());
  }

  send(text: string): void {
    const { type, token } = JSON.parse(text);
    if (type === 'renew' && !this.speaksFor(token)) this.#end(4401, 'the token is of another recipient');
    else this.#say({ from: this.#id, text });
  }

  close(): void {
    this.#end(1000, '');
  }

  #enter(): void {
    if (this.#ended) return;
    const { signal } = this.#waiting;
    this.#hold(this.name, { signal }, () => this.#lead());
    this.#hello();
    setTimeout(() => {
      if (this.#hub || this.#ended) return;
      this.#waiting.abort();
      this.#hold(this.name, { steal: true }, () => this.#lead());
    }, SILENT_MS);
  }

  #hold(lock: string, options: LockOptions, then: () => void): void {
    const held = navigator.locks.request(lock, options, () => {
      then();
      return this.#held;
    });
    // It waits no longer, or another tab has taken over.
    held.catch(() => this.#shared && this.#end(1006, 'another tab took over'));
  }

  #lead(): void {
    // The tab whose connection this one used is gone, and with it the connection.
    if (this.#open) this.#end(1006, 'the tab with the connection is gone');
    if (!this.#ended) this.#shared = new SharedConnection(this.name, this.connect);
  }

  #hello(): void {
    const isBack = Date.now() - (brokenOffAt.get(this.name) ?? 0) < BACK_MS;
    this.#say({ from: this.#id, uri: this.uri, isBack });
  }

  // Its own connection is told in the same turn: when a page is left there may be no other.
  #say(frame: TabFrame): void {
    if (this.#shared) this.#shared.take(frame);
    else this.#channel.postMessage(frame);
  }

  #take({ hub, to, leads, opened, text, closed }: HubFrame): void {
    if (!hub || (to && to !== this.#id) || this.#ended) return;
    if (leads && this.#open) this.#end(1006, 'another tab took over');
    else if (leads) {
      this.#hub = hub;
      this.#hello();
    }
    if (to) this.#hub ??= hub;
    if (hub !== this.#hub) return;
    if (opened) {
      this.#open = true;
      this.dispatchEvent(new Event('open'));
    }
    if (text && this.#open) this.dispatchEvent(new MessageEvent('message', { data: text }));
    if (closed) this.#end(...closed);
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return;
    this.#say({ from: this.#id, left: true });
    if (this.#open && code !== 1000) brokenOffAt.set(this.name, Date.now());
    this.#ended = true;
    this.#shared?.stop();
    this.#channel.close();
    this.#waiting.abort();
    this.#release();
    this.dispatchEvent(new CloseEvent('close', { code, reason }));
  }
}
