import { buildSchema, type GraphQLObjectType, type GraphQLSchema, isObjectType, isScalarType } from 'graphql';
import type { OperationType } from '../../core/domain/scope.js';
import { sdl } from '../../generated/graphql/sdl.js';
import { inTurn } from '../execution/field-turns.js';
import { markText } from '../execution/hidden-texts.js';
import { boundAnswer } from './bounded-answer.js';
import { resolvers, subscribers } from './resolvers.js';
import { scalars } from './scalars.js';
import { guardByScope, type RootResolver } from './scope-guard.js';

/** The schema as one text, with its descriptions. */
export const schemaText = `${sdl}\n`;

/** Types that have a text which the option `hide-text` hides, wherever they stand in an answer. */
const TYPES_WITH_TEXT = ['Message', 'GlobalMessage'];

/**
 * Creates the schema with its resolvers. The key's scope guards every root field, and the texts of messages
 * wherever they are.
 */
export function createSchema(): GraphQLSchema {
  // It is checked where it is merged from its files.
  const schema = buildSchema(sdl, { assumeValidSDL: true });
  for (const [name, behaviour] of Object.entries(scalars)) {
    const type = schema.getType(name);
    if (isScalarType(type)) Object.assign(type, behaviour);
  }
  for (const name of TYPES_WITH_TEXT) {
    const type = schema.getType(name);
    const { message, textHidden } = isObjectType(type) ? type.getFields() : {};
    if (!message || !textHidden) throw new Error(`type ${name} lacks its text, or what tells that it is hidden`);
    markText(message, 'text');
    markText(textHidden, 'isHidden');
  }
  attach(schema.getQueryType(), 'query', resolvers.Query);
  attach(schema.getMutationType(), 'mutation', resolvers.Mutation);
  attachSubscribers(schema.getSubscriptionType());
  return schema;
}

function attach(type: GraphQLObjectType | null | undefined, operation: OperationType, own: object): void {
  // The generated types check each resolver against the schema, with arguments that no common type can name.
  const byName = new Map(Object.entries(own) as Array<[string, RootResolver]>);
  for (const field of Object.values(type?.getFields() ?? {})) {
    const resolve = byName.get(field.name);
    if (!resolve) throw new Error(`${operation} ${field.name} has no resolver`);
    const bounded = boundAnswer(operation, field.name, field.type, resolve);
    field.resolve = guardByScope(operation, field.name, operation === 'query' ? inTurn(bounded) : bounded);
  }
}

/** The guards are passed once, when a subscription begins; each event is bounded as an answer is. */
function attachSubscribers(type: GraphQLObjectType | null | undefined): void {
  const byName = new Map(Object.entries(subscribers) as Array<[string, RootResolver]>);
  for (const field of Object.values(type?.getFields() ?? {})) {
    const subscribe = byName.get(field.name);
    if (!subscribe) throw new Error(`subscription ${field.name} has no resolver`);
    field.subscribe = guardByScope('subscription', field.name, subscribe);
    field.resolve = boundAnswer('subscription', field.name, field.type, eventOrRefusal);
  }
}

const eventOrRefusal: RootResolver = (event, _args, { following }) => {
  if (following?.refusal) throw following.refusal;
  return event;
};
