// The JSON frames of `tidings.v1`. Both sides ignore types and attributes that they do not know.

/** Server to client: one message. `id` of a global message is the global's, the same for everybody. */
export interface MessageFrame {
  type: 'message';
  id: string;
  message: string;
  topic: string | null;
  /** Time as in RFC 3339, in GMT with milliseconds, as all times are. */
  createdAt: string;
  expiresAt: string | null;
  globalMessageId: string | null;
}

/** Server to client: the answer to a `ping`. */
export interface PongFrame {
  type: 'pong';
}

/** Server to client: a frame of the client was refused. It changed nothing. */
interface ErrorFrame {
  type: 'error';
  /** `id` of the refused frame, if it had one. */
  id?: string | number;
  code: string;
  message: string;
}

/** Server to client: the token of a `renew` is the connection's from now on. */
interface RenewedFrame {
  type: 'ok';
  /** `id` of the `renew`. */
  id: string | number;
  /** When the connection will end unless it is renewed again. */
  expiresAt: string;
}

/** Client to server: a newer token of the same recipient, so that the connection need not end with the old one. */
export interface RenewFrame {
  type: 'renew';
  /** Chosen by the client; the answer repeats it. */
  id: string | number;
  token: string;
}

/** Client to server: the application has dealt with these messages. */
export interface AckFrame {
  type: 'ack';
  ids: string[];
}

/** Client to server: a ping that scripts can send, since they cannot see WebSocket pings. */
export interface PingFrame {
  type: 'ping';
}

/** Message that {@link messageFrame} writes. Times are milliseconds since 1970. */
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

/** @param expiresAt milliseconds since 1970 */
export const renewedFrame = (id: string | number, expiresAt: number): RenewedFrame => ({
  type: 'ok',
  id,
  expiresAt: time(expiresAt),
});

export const errorFrame = (code: string, message: string, id?: string | number): ErrorFrame =>
  id === undefined ? { type: 'error', code, message } : { type: 'error', id, code, message };
