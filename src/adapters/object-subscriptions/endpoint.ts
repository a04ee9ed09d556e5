import type { EndpointMatch, ProtocolEndpoint } from '../../core/domain/live/protocol-endpoint.js';
import { ObjectSubscription, type Target } from './translator.js';

const OBJECTS = /^\/ws\/rest\/WebSocketObjectSubscription\/([^/]+)\/([^/]+)\/([^/]+)\/([^/]+)$/;
const ALERTS = /^\/ws\/rest\/WebSocketAlertScript\/([^/]+)\/([^/]+)$/;

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
      return matchOf({ topic: `${objectType}:${key}`, eventType }, token);
    }
    const alert = decode(ALERTS.exec(path)?.slice(1) ?? []);
    if (alert?.length === 2) return matchOf({ alert: alert[0] as string }, alert[1] as string);
    return null;
  },
};
