import type { OutgoingMessage } from '../../core/domain/outgoing-message.js';
import { messageFrame } from '../../protocol/frames.js';
import type { Mode } from '../../protocol/subprotocols.js';

// The first byte of a frame: FIN and the opcode (RFC 6455, section 5.2).
const TEXT = 0x81;
const PING = 0x89;

function headLength(payloadLength: number): number {
  if (payloadLength < 126) return 2;
  return payloadLength < 65_536 ? 4 : 10;
}

/** Encodes an unmasked, unfragmented text frame, as servers send them (RFC 6455, section 5.1). */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const offset = headLength(length);
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

export const PING_PAYLOAD_BYTES = 8;
export const PING_BYTES = 2 + PING_PAYLOAD_BYTES;

/** Writes a ping into a buffer of frames. Its payload is two signed 32-bit numbers. */
export function encodePing(buffer: Buffer, at: number, high: number, low: number): void {
  buffer[at] = PING;
  buffer[at + 1] = PING_PAYLOAD_BYTES;
  buffer.writeInt32BE(high, at + 2);
  buffer.writeInt32BE(low, at + 6);
}

/** Holds a message and its frames, each encoded once, however many connections get it. */
export class EncodedMessage {
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

/** Offered to connections: one object for all that get the same. */
export interface Outgoing {
  readonly encoded: EncodedMessage;
  /** Id of the message's row. Null for a global message whose row this node has yet to make. */
  readonly rowId: string | null;
}

export const outgoing = (message: OutgoingMessage): Outgoing => ({
  encoded: new EncodedMessage(message),
  rowId: message.globalMessageId === null ? message.id : null,
});
