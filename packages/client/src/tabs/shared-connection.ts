import type { HubFrame, TabFrame } from './channel-frames.js';

/** A ping without an answer for so long makes the connection a dead one if its tab gives up, in milliseconds. */
const DEAD_MS = 900;
/** A node takes one token a minute on a connection. In milliseconds, with a little room. */
const RENEWAL_MS = 61_000;
/** Keeps an acknowledged message for so long, in milliseconds, for tabs that are about to come back. */
const KEPT_MS = 60_000;
const MOST_KEPT = 500;

interface Tab {
  /** Live topics that it follows. */
  readonly topics: Set<string>;
  isOpen: boolean;
  /** It came after events, which it did not get. */
  isLate: boolean;
  /** It was connected by a former tab, and lacks what this one has got since. */
  isBack: boolean;
}

interface Message {
  readonly text: string;
  /** When a tab acknowledged it; 0 before that. */
  ackedAt: number;
}

/** Is the one connection of several tabs: passes on what they say, and what the node says to them. */
export class SharedConnection {
  readonly #id = crypto.randomUUID();
  readonly #channel: BroadcastChannel;
  readonly #tabs = new Map<string, Tab>();
  /** Messages that no tab has acknowledged yet, for those that come later; the latest others for those that come back. */
  readonly #messages = new Map<string, Message>();
  #socket: WebSocket | undefined;
  #isOpen = false;
  #hadEvents = false;
  #pingedAt = 0;
  #renewedAt = 0;

  constructor(
    name: string,
    private readonly connect: (uri: string) => WebSocket,
  ) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => this.take(data);
    this.#tell({ leads: true });
  }

  take({ from, uri, isBack = false, text, left }: TabFrame): void {
    if (uri) this.#enter(from, uri, isBack);
    if (text && this.#isOpen) this.#pass(from, JSON.parse(text), text);
    if (left) this.#leave(from);
  }

  stop(): void {
    this.#tell({ closed: [1006, 'the tab with the connection was left'] });
    this.#channel.close();
    this.#socket?.close();
  }

  #tell(frame: Omit<HubFrame, 'hub'>): void {
    this.#channel.postMessage({ hub: this.#id, ...frame });
  }

  #enter(from: string, uri: string, isBack: boolean): void {
    this.#tell({ to: from });
    if (this.#tabs.has(from)) return;
    this.#tabs.set(from, { topics: new Set(), isOpen: false, isLate: this.#hadEvents, isBack });
    void navigator.locks.request(from, () => this.#leave(from));
    if (this.#socket) this.#admit();
    else this.#connect(uri);
  }

  #connect(uri: string): void {
    const socket = this.connect(uri);
    this.#socket = socket;
    socket.onopen = () => {
      this.#isOpen = true;
      this.#admit();
    };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code, reason }) => this.#tell({ closed: [code, reason] });
  }

  #admit(): void {
    for (const [to, tab] of this.#tabs) {
      if (!this.#isOpen || tab.isOpen) continue;
      tab.isOpen = true;
      this.#tell({ to, opened: true });
      for (const { text, ackedAt } of this.#messages.values()) if (!ackedAt || tab.isBack) this.#tell({ to, text });
    }
  }

  #leave(from: string): void {
    const tab = this.#tabs.get(from);
    if (!tab) return;
    this.#tabs.delete(from);
    this.#unfollow([...tab.topics]);
    if (this.#pingedAt && Date.now() - this.#pingedAt > DEAD_MS) this.#socket?.close();
  }

  // ---- From the node ----

  #receive(text: string): void {
    const frame = JSON.parse(text);
    const { type, id } = frame;
    if (type === 'message') this.#messages.set(id, { text, ackedAt: 0 });
    if (type === 'event') this.#hadEvents = true;
    if (type === 'pong') this.#pingedAt = 0;
    const [, to, own] = /^(.{36})(.+)$/.exec(type === 'ok' || type === 'error' ? `${id}` : '') ?? [];
    if (!to || !own) {
      this.#tell({ text });
      return;
    }
    const answer = { ...frame, id: JSON.parse(own) };
    // It is not sent what others got before it came.
    if (frame.recovered) answer.recovered = !this.#tabs.get(to)?.isLate;
    this.#tell({ to, text: JSON.stringify(answer) });
  }

  // ---- From the tabs ----

  #send(frame: object): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  #pass(from: string, frame: Record<string, unknown> & { ids: string[]; topics: string[] }, text: string): void {
    const { type, id } = frame;
    const tab = this.#tabs.get(from);
    if (type === 'ping') {
      if (this.#pingedAt) return;
      this.#pingedAt = Date.now();
      this.#socket?.send(text);
    } else if (type === 'ack') {
      this.#ack(frame.ids);
    } else if (type === 'unsubscribe') {
      for (const topic of frame.topics) tab?.topics.delete(topic);
      this.#unfollow(frame.topics);
    } else if (type === 'renew' && Date.now() - this.#renewedAt < RENEWAL_MS) {
      this.#tell({ to: from, text: JSON.stringify({ type: 'ok', id }) });
    } else {
      if (type === 'renew') this.#renewedAt = Date.now();
      for (const topic of frame.topics ?? []) tab?.topics.add(topic);
      this.#send({ ...frame, id: from + JSON.stringify(id) });
    }
  }

  /** The first tab that has dealt with a message acknowledges it. */
  #ack(unfiltered: readonly string[]): void {
    const now = Date.now();
    const ids = unfiltered.filter((id) => this.#messages.get(id)?.ackedAt === 0);
    for (const id of ids) (this.#messages.get(id) as Message).ackedAt = now;
    for (const [id, { ackedAt }] of this.#messages)
      if (ackedAt && (ackedAt < now - KEPT_MS || this.#messages.size > MOST_KEPT)) this.#messages.delete(id);
    if (ids.length > 0) this.#send({ type: 'ack', ids });
  }

  /** Ends what no other tab follows. */
  #unfollow(topics: readonly string[]): void {
    const unfollowed = topics.filter((topic) => ![...this.#tabs.values()].some((tab) => tab.topics.has(topic)));
    if (unfollowed.length > 0) this.#send({ type: 'unsubscribe', id: 0, topics: unfollowed });
  }
}
