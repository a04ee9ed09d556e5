import { badInput, TidingsError } from '../../core/domain/errors.js';
import { selectionKey } from '../../core/domain/live/field-selection.js';
import { type JsonObject, jsonProblem } from '../../core/domain/live/json.js';
import type { LiveCommand } from '../../core/domain/live/live-command.js';
import { isBadInput, parseEventType } from '../../core/domain/live/live-event.js';
import type { CelCondition } from '../matching/cel-condition.js';
import { Subscription, type SubscriptionOptions, sharedOptions } from '../matching/subscription.js';
import type { CommandContext, CommandLimits, Done } from './command-context.js';
import { checkSubscribable } from './grants.js';

/** Length of the text of a subscription that asks for everything. */
const NO_OPTIONS_CHARS = '[null,null,null]'.length;

type Subscribe = Extract<LiveCommand, { kind: 'subscribe' }>;

/**
 * Makes each pattern a subscription of its own. One that the connection has with the same options is not
 * added again, but gets what it missed. With other options it is added, and an event that matches both comes
 * once.
 */
export async function subscribe(context: CommandContext, command: Subscribe): Promise<Done> {
  const { limits } = context.services;
  const { patterns, options } = await resolve(context, command);
  const nameOf = naming(command);
  const known = new Map([...context.subscriptions].map((one) => [nameOf(one), one]));
  const wanted = new Set<Subscription>();
  for (const pattern of patterns) {
    const one = new Subscription(context, pattern, options);
    const name = nameOf(one);
    if (!known.has(name)) known.set(name, one);
    wanted.add(known.get(name) ?? one);
  }
  const added = [...wanted].filter((one) => !context.subscriptions.has(one));
  if (context.subscriptions.size + added.length > limits.subscriptionsPerConnection) {
    throw new TidingsError('QUOTA_EXCEEDED', `a connection may have ${limits.subscriptionsPerConnection} subscriptions`, {
      limit: limits.subscriptionsPerConnection,
    });
  }
  if (added.length > 0) {
    checkConditions(context, added);
    checkSize(context, added);
  }
  const { recovered, afterwards } = await context.open([...wanted], command.after);
  return { result: recovered === undefined ? {} : { recovered }, afterwards, subscriptions: [...wanted] };
}

function checkConditions({ subscriptions, services }: CommandContext, added: readonly Subscription[]): void {
  if (added.every(({ options }) => options.condition === null)) return;
  const { conditionsPerConnection: limit } = services.limits;
  const conditions = new Set([...subscriptions, ...added].flatMap(({ options: { condition } }) => condition?.text ?? []));
  if (conditions.size > limit) throw new TidingsError('QUOTA_EXCEEDED', `a connection may have ${limit} conditions`, { limit });
}

/** Patterns of one command share their options, which count once. */
function checkSize({ subscriptions, services }: CommandContext, added: readonly Subscription[]): void {
  const { subscriptionBytes } = services.limits;
  let chars = 0;
  const options = new Set<SubscriptionOptions>();
  for (const one of [...subscriptions, ...added]) {
    chars += one.pattern.length;
    options.add(one.options);
  }
  for (const one of options) chars += one.chars;
  if (chars <= subscriptionBytes) return;
  throw new TidingsError('QUOTA_EXCEEDED', `the subscriptions of a connection may have ${subscriptionBytes} bytes`, {
    limit: subscriptionBytes,
  });
}

/**
 * Names subscriptions: two with the same name are the same. Patterns of one command share their options, which may
 * have kilobytes and are written once.
 */
function naming({ manner }: Subscribe): (one: Subscription) => string {
  if (manner.onceEach) return ({ path }) => path;
  const keys = new Map<SubscriptionOptions, string>();
  return (one) => {
    const key = keys.get(one.options) ?? one.optionsKey;
    keys.set(one.options, key);
    return `${one.path} ${key}`;
  };
}

async function resolve(
  context: CommandContext,
  command: Subscribe,
): Promise<{ patterns: readonly string[]; options: SubscriptionOptions }> {
  const { limits, directory } = context.services;
  const { topics, alert, events, where, manner } = command;
  if (topics.length > limits.patternsPerCommand)
    throw badInput('topics', `a command may name ${limits.patternsPerCommand} topics`);
  const rule = alert === null ? null : await directory.alertRule(context.tenantId, alert);
  if (alert !== null && !rule) throw badInput('alert', `there is no alert rule ${JSON.stringify(alert)}`);
  const patterns = rule ? [rule.topic] : topics;
  // Before anything is compiled: who may not subscribe costs next to nothing.
  for (const pattern of patterns) checkSubscribable(context, pattern, manner.folded);
  const options = {
    exact: manner.exact,
    folded: manner.folded,
    types: events === null ? null : parseTypes(events, limits),
    where: where === null ? null : parseWhere(where, limits),
    fields: command.fields,
    alert,
    chars: JSON.stringify([events, where, command.fields && selectionKey(command.fields)]).length - NO_OPTIONS_CHARS,
  };
  const own = command.condition === null ? null : await context.compile('condition', command.condition);
  if (!rule) return { patterns, options: sharedOptions({ ...options, condition: own }) };
  return { patterns, options: { ...options, condition: both(await compileRule(context, rule.condition), own) } };
}

async function compileRule(context: CommandContext, text: string): Promise<CelCondition> {
  try {
    return await context.compile('condition', text);
  } catch (error) {
    // It compiled when the rule was made, so the language has changed since.
    if (isBadInput(error)) throw badInput('alert', `the alert rule's condition is none: ${error.message}`);
    throw error;
  }
}

const both = (a: CelCondition, b: CelCondition | null): CelCondition =>
  b === null
    ? a
    : {
        text: `(${a.text})\u0000(${b.text})`,
        cost: a.cost + b.cost,
        bytes: a.bytes + b.bytes,
        holds: (event, budget) => a.holds(event, budget) && b.holds(event, budget),
      };

function parseTypes(events: readonly string[], limits: CommandLimits): readonly string[] {
  if (events.length === 0 || events.length > limits.typesPerSubscription) {
    throw badInput('events', `events must name 1 to ${limits.typesPerSubscription} types`);
  }
  return events.map((type) => parseEventType('events', type));
}

function parseWhere(where: JsonObject, limits: CommandLimits): JsonObject | null {
  const problem = jsonProblem(where);
  if (problem) throw badInput('where', `where ${problem}`);
  const count = Object.keys(where).length;
  if (count > limits.whereAttributes) throw badInput('where', `where may name ${limits.whereAttributes} attributes`);
  if (Buffer.byteLength(JSON.stringify(where)) > limits.whereBytes)
    throw badInput('where', `where may have ${limits.whereBytes} bytes`);
  return count === 0 ? null : where;
}
