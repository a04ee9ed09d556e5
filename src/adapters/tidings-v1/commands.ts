import type { JsonObject } from '../../core/domain/live/json.js';
import { MalformedFrame } from '../../core/domain/live/protocol-translator.js';
import { CommandRefused, type Commands, type Connection } from '../../delivery/index.js';
import type { LiveHub, LiveSession } from '../../live/index.js';
import { checkDepth } from '../read-frame.js';
import { LIVE_FRAME_TYPES, readRequest, TIDINGS_V1 } from './translator.js';

/**
 * Makes live topics commands of `tidings.v1`, on the connections that get messages. A connection has a
 * session from its first such command on.
 */
export function tidingsV1Commands(hub: LiveHub): Commands {
  const sessions = new WeakMap<Connection, LiveSession>();

  function sessionOf(connection: Connection): LiveSession {
    const known = sessions.get(connection);
    if (known) return known;
    const session = hub.connect(connection.claims, TIDINGS_V1, connection);
    sessions.set(connection, session);
    connection.whenRenewed((claims) => session.regrant(claims));
    connection.onceEnded(() => hub.disconnect(session));
    return session;
  }

  const command: Commands[string] = (connection, frame, text, refuse) => {
    const session = sessionOf(connection);
    try {
      // It comes from JSON, so it is a JSON object.
      const object = frame as JsonObject;
      checkDepth(object);
      session.request(readRequest(object), text.length);
    } catch (error) {
      if (!(error instanceof MalformedFrame)) throw error;
      const { message } = error;
      // Commands that came earlier may still wait for their answers.
      session.refuse(() => refuse(new CommandRefused('BAD_USER_INPUT', message)));
    }
  };
  return Object.fromEntries(LIVE_FRAME_TYPES.map((type) => [type, command]));
}
