/** The JSON frames of `tidings.v1`. Both sides ignore types and attributes that they do not know. */

/** Server to client: one message. `id` of a global message is the global's, the same for everybody. */
export interface MessageFrame {
  type: 'message';
  id: string;
  message: string;
  topic: string | null;
  /** RFC 3339 in GMT with milliseconds, as are all times. */
  createdAt: string;
  expiresAt: string | null;
  globalMessageId: string | null;
}

/** Server to client: the answer to a `ping`. */
export interface PongFrame {
  type: 'pong';
}

/** Server to client: a frame of the client's was refused. It changed nothing. */
interface ErrorFrame {
  type: 'error';
  /** The `id` of the frame that was refused, if it had one. */
  id?: string | number;
  code: string;
  message: string;
}

/** Client to server: it has dealt with these messages. */
export interface AckFrame {
  type: 'ack';
  ids: string[];
}

/** Client to server: scripts cannot see WebSocket pings, so they may send their own. */
export interface PingFrame {
  type: 'ping';
}

/** What {@link messageFrame} needs of a message. Times in milliseconds since 1970. */
interface FramedMessage {
  readonly id: string;
  readonly message: string;
  readonly topic: string | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly globalMessageId: string | null;
}

const time = (at: number) => new Date(at).toISOString();

export function messageFrame(message: FramedMessage): MessageFrame {
  return {
    type: 'message',
    id: message.id,
    message: message.message,
    topic: message.topic,
    createdAt: time(message.createdAt),
    expiresAt: message.expiresAt === null ? null : time(message.expiresAt),
    globalMessageId: message.globalMessageId,
  };
}

export const errorFrame = (code: string, message: string, id?: string | number): ErrorFrame =>
  id === undefined ? { type: 'error', code, message } : { type: 'error', id, code, message };
