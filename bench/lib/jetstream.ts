import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { leash } from '../../test/support/leash.js';
import { freePort } from '../../test/support/process.js';
import { havePackage } from './debian.js';
import { NATS_PROGRAM, reachNats } from './nats.js';

/**
 * Runs NATS JetStream on files with one durable consumer per recipient, a peer for drains. It answers
 * before it flushes its files.
 */
export interface JetStream {
  /** Stores that many messages for each recipient; resolves once all are acknowledged. */
  fill(each: number, text: string): Promise<void>;
  /** Connects all consumers; resolves once the server has confirmed the acknowledgement of every message. */
  drain(messages: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts JetStream. Returns null if this machine has no nats-server. */
export async function startJetStream(recipients: number): Promise<JetStream | null> {
  if (!havePackage('nats-server', NATS_PROGRAM)) return null;
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-jetstream-'));
  const port = await freePort();
  writeFileSync(
    `${folder}/nats.conf`,
    `host: 127.0.0.1\nport: ${port}\nwrite_deadline: "60s"\nmax_pending: 256MB\njetstream { store_dir: "${folder}/data" }\n`,
  );
  const child = spawn(NATS_PROGRAM, ['-c', `${folder}/nats.conf`], { stdio: 'ignore', detached: true });
  leash(child, { folder });
  const client = new NatsClient(await reachNats(port));

  const api = async (subject: string, request: object) => {
    const answer = JSON.parse(await client.request(`$JS.API.${subject}`, JSON.stringify(request))) as {
      error?: { description: string };
    };
    if (answer.error) throw new Error(`JetStream, ${subject}: ${answer.error.description}`);
  };
  await api('STREAM.CREATE.mail', { name: 'mail', subjects: ['mail.*'], storage: 'file', retention: 'workqueue' });
  for (let i = 0; i < recipients; i++) {
    const config = {
      durable_name: `r${i}`,
      filter_subject: `mail.${i}`,
      deliver_subject: `out.${i}`,
      ack_policy: 'explicit',
      deliver_policy: 'all',
      max_ack_pending: 1000,
    };
    await api(`CONSUMER.DURABLE.CREATE.mail.r${i}`, { stream_name: 'mail', config });
  }

  return {
    async fill(each, text) {
      for (let n = 0; n < each; n++) {
        await Promise.all(Array.from({ length: recipients }, (_, i) => client.request(`mail.${i}`, text)));
      }
    },
    async drain(messages) {
      let confirmed = 0;
      const subscriptions = Array.from({ length: recipients }, (_, i) =>
        client.subscribe(`out.${i}`, (_text, reply) => {
          void client.request(reply, '+ACK').then(() => confirmed++);
        }),
      );
      const until = performance.now() + 180_000;
      while (confirmed < messages) {
        if (performance.now() > until) throw new Error(`JetStream confirmed ${confirmed} of ${messages} messages`);
        await delay(5);
      }
      for (const unsubscribe of subscriptions) unsubscribe();
    },
    async stop() {
      client.close();
      child.kill('SIGKILL');
      await delay(200);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Handler = (text: string, reply: string) => void;

/** Speaks the part of NATS' protocol that this measure needs. */
class NatsClient {
  readonly #handlers = new Map<string, Handler>();
  readonly #answers = new Map<string, (text: string) => void>();
  #kept = '';
  #out = '';
  #next = 1;

  constructor(private readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (chunk: unknown) => this.#read(chunk as string));
    this.#write('CONNECT {"verbose":false,"pedantic":false,"headers":false}\r\nSUB inbox.* inbox\r\n');
  }

  request(subject: string, text: string): Promise<string> {
    return new Promise((resolve) => {
      const inbox = `inbox.${this.#next++}`;
      this.#answers.set(inbox, resolve);
      this.#write(`PUB ${subject} ${inbox} ${text.length}\r\n${text}\r\n`);
    });
  }

  subscribe(subject: string, handler: Handler): () => void {
    const id = `s${this.#next++}`;
    this.#handlers.set(id, handler);
    this.#write(`SUB ${subject} ${id}\r\n`);
    return () => {
      this.#handlers.delete(id);
      this.#write(`UNSUB ${id}\r\n`);
    };
  }

  close(): void {
    this.socket.destroy();
  }

  /** Sends all commands of one event-loop turn in one write. */
  #write(text: string): void {
    if (this.#out === '') {
      queueMicrotask(() => {
        this.socket.write(this.#out, 'latin1');
        this.#out = '';
      });
    }
    this.#out += text;
  }

  #read(chunk: string): void {
    const data = this.#kept + chunk;
    let at = 0;
    for (let end = data.indexOf('\r\n', at); end >= 0; end = data.indexOf('\r\n', at)) {
      const line = data.slice(at, end);
      if (line.startsWith('MSG ')) {
        // MSG subject id [reply] size
        const parts = line.split(' ');
        const body = end + 2;
        const size = Number(parts.at(-1));
        if (data.length < body + size + 2) break;
        at = body + size + 2;
        this.#message(
          parts[1] as string,
          parts[2] as string,
          parts.length === 5 ? (parts[3] as string) : '',
          data.slice(body, body + size),
        );
        continue;
      }
      if (line === 'PING') this.#write('PONG\r\n');
      at = end + 2;
    }
    this.#kept = data.slice(at);
  }

  #message(subject: string, id: string, reply: string, text: string): void {
    this.#handlers.get(id)?.(text, reply);
    this.#answers.get(subject)?.(text);
    this.#answers.delete(subject);
  }
}
