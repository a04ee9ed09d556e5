import { kindOf } from '../../core/domain/live/topic-pattern.js';
import type { EventRule, LiveDirectory } from '../../core/ports/live-directory.js';
import type { Logger } from '../../core/ports/logger.js';

/** Notices another node's change of a rule after this long at most, in milliseconds. */
const KNOWN_FOR_MS = 1000;
/** Remembers the rules of at most this many tenants. */
const MAX_TENANTS = 10_000;

export type Flows = (event: { topic: string; type: string }) => boolean;

const NOTHING: Flows = () => false;

/**
 * Decides which events flow to clients of entity events: when they are published, by the rule of the entity
 * that the topic ends with.
 */
export class FlowRules {
  readonly #known = new Map<string, { flows: Flows; at: number }>();

  constructor(
    private readonly directory: Pick<LiveDirectory, 'eventRules'>,
    private readonly now: () => number,
    private readonly logger: Logger,
  ) {}

  async of(tenantId: string): Promise<Flows> {
    const known = this.#known.get(tenantId);
    if (known && this.now() - known.at < KNOWN_FOR_MS) return known.flows;
    try {
      const flows = compileRules(await this.directory.eventRules(tenantId));
      if (this.#known.size >= MAX_TENANTS) this.#known.clear();
      this.#known.set(tenantId, { flows, at: this.now() });
      return flows;
    } catch (error) {
      // Publishing does not need the database: old rules are better than none.
      this.logger.warn({ err: error, tenantId }, 'event rules cannot be read');
      return known?.flows ?? NOTHING;
    }
  }

  /** Called when this node itself has changed a rule. */
  forget(tenantId: string): void {
    this.#known.delete(tenantId);
  }
}

function compileRules(rules: readonly EventRule[]): Flows {
  if (rules.length === 0) return NOTHING;
  const types = new Map(rules.map((rule) => [rule.entity.toLowerCase(), new Set(rule.types.map((type) => type.toLowerCase()))]));
  return ({ topic, type }) => {
    const entity = kindOf(topic.split(':'));
    return entity !== null && types.get(entity.toLowerCase())?.has(type.toLowerCase()) === true;
  };
}
