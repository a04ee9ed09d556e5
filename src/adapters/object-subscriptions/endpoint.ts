import type { EndpointMatch, ProtocolEndpoint } from '../../core/domain/live/protocol-endpoint.js';
import { ObjectSubscription, type Target } from './translator.js';

const OBJECTS = /^\/ws\/rest\/WebSocketObjectSubscription\/([^/]+)\/([^/]+)\/([^/]+)\/([^/]+)$/;
const ALERTS = /^\/ws\/rest\/WebSocketAlertScript\/([^/]+)\/([^/]+)$/;

/** Maps the names of event types that clients of this protocol use to ours. */
const TYPES: Record<string, string> = {
  create: 'create',
  creation: 'create',
  created: 'create',
  update: 'update',
  updated: 'update',
  updating: 'update',
  modification: 'update',
  delete: 'delete',
  deleted: 'delete',
  deletion: 'delete',
};

function typeOf(text: string): string | null {
  if (text === '*') return null;
  const name = text.toLowerCase();
  return Object.hasOwn(TYPES, name) ? (TYPES[name] as string) : name;
}

function decode(texts: readonly string[]): string[] | null {
  try {
    return texts.map(decodeURIComponent);
  } catch {
    return null;
  }
}

const matchOf = (target: Target, token: string): EndpointMatch => ({
  token,
  needsOrigin: false,
  translator: new ObjectSubscription(target),
});

export const objectSubscriptions: ProtocolEndpoint = {
  match({ path }) {
    const object = decode(OBJECTS.exec(path)?.slice(1) ?? []);
    if (object?.length === 4) {
      const [objectType, eventType, key, token] = object as [string, string, string, string];
      return matchOf({ topic: `${objectType}:${key}`, type: typeOf(eventType) }, token);
    }
    const alert = decode(ALERTS.exec(path)?.slice(1) ?? []);
    if (alert?.length === 2) return matchOf({ alert: alert[0] as string }, alert[1] as string);
    return null;
  },
};
