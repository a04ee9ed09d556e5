import type { OutgoingMessage } from '../core/message.js';
import { messageFrame } from '../protocol/frames.js';
import type { Mode } from '../protocol/subprotocols.js';

/** First byte of a frame: FIN and the opcode (RFC 6455, section 5.2). */
const TEXT = 0x81;
const PING = 0x89;

/** An unmasked, unfragmented text frame, as servers send them. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const offset = length < 126 ? 2 : length < 65536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(offset + length);
  frame[0] = TEXT;
  if (offset === 2) {
    frame[1] = length;
  } else if (offset === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, offset);
  return frame;
}

/** @param payload at most 125 bytes */
export function pingFrame(payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(2 + payload.length);
  frame[0] = PING;
  frame[1] = payload.length;
  payload.copy(frame, 2);
  return frame;
}

/** A message and its frames, each encoded once, however many connections get it. */
export class Encoded {
  #plain: Buffer | null = null;
  #v1: Buffer | null = null;

  constructor(readonly message: OutgoingMessage) {}

  frame(mode: Mode): Buffer {
    if (mode === 'plain') {
      this.#plain ??= textFrame(this.message.message);
      return this.#plain;
    }
    this.#v1 ??= textFrame(JSON.stringify(messageFrame(this.message)));
    return this.#v1;
  }
}

/** What is offered to a connection. One object for all that get the same. */
export interface Outgoing {
  readonly encoded: Encoded;
  /** Id of the message's row; null for a global message whose row this node has yet to make. */
  readonly rowId: string | null;
}

export const outgoing = (message: OutgoingMessage): Outgoing => ({
  encoded: new Encoded(message),
  rowId: message.globalMessageId === null ? message.id : null,
});
