import type { JsonObject } from '../../core/domain/live/json.js';
import type { LiveCommand, LiveResult } from '../../core/domain/live/live-command.js';
import type {
  CommandRefusal,
  LiveRenderer,
  LiveRequest,
  ProtocolTranslator,
  RequestTag,
} from '../../core/domain/live/protocol-translator.js';
import { DEFAULT_LIVE_LIMITS } from '../../live/index.js';
import { readObject } from '../read-frame.js';
import { PUBLISHED_WIRE } from './published-wire.js';
import { readCommand, tagOf } from './requests.js';
import { SESSION_WIRE } from './session-wire.js';
import type { Wire } from './wire.js';

const IDENTIFY: LiveRequest = { tag: {}, command: { kind: 'identify' } };

/** Makes a command for each topic, since each is answered by itself. */
function perTopic(command: LiveCommand): LiveCommand[] {
  if (command.kind !== 'subscribe' && command.kind !== 'unsubscribe') return [command];
  // Too many are refused together.
  if (command.topics.length > DEFAULT_LIVE_LIMITS.patternsPerCommand) return [command];
  return command.topics.map((topic) => ({ ...command, topics: [topic] }));
}

/**
 * Subscribes to tables with filters on columns, and lets clients make topics and send messages on them.
 * Speaks the published wire until the client asks for a session, or sends an `id`, which only its present
 * clients do.
 */
export class TableTopics implements ProtocolTranslator {
  #wire: Wire = PUBLISHED_WIRE;
  #hasSession = false;

  /** @param asked wire that the client asks for; null to go by what it sends */
  constructor(private readonly asked: Wire | null = null) {}

  get renderer(): LiveRenderer {
    return this.#wire.renderer;
  }

  opening(): LiveRequest[] {
    return this.asked === null ? [] : this.#openSession();
  }

  read(text: string): Iterable<LiveRequest> | null {
    const frame = readObject(text);
    return frame === null ? null : this.#requests(frame);
  }

  *#requests(frame: JsonObject): Generator<LiveRequest> {
    const tag = tagOf(frame);
    if (tag.id !== undefined) yield* this.#openSession();
    const command = readCommand(frame, tag);
    for (const one of this.#hasSession ? perTopic(command) : [command]) yield { tag, command: one };
  }

  #openSession(): LiveRequest[] {
    if (this.#hasSession) return [];
    this.#hasSession = true;
    return [IDENTIFY];
  }

  succeeded(tag: RequestTag, command: LiveCommand, result: LiveResult): string | null {
    if (command.kind === 'identify') this.#wire = this.asked ?? SESSION_WIRE;
    return this.#wire.succeeded(tag, command, result);
  }

  refused(tag: RequestTag, refusal: CommandRefusal): string {
    // The next request asks again.
    if (tag === IDENTIFY.tag) this.#hasSession = false;
    return this.#wire.refused(tag, refusal);
  }

  gap(topics: readonly string[]): string {
    return this.#wire.gap(topics);
  }
}
