import { describe, expect, test } from '@jest/globals';
import { encodePing, textFrame } from '../../../src/delivery/outbound/frame-encoder.js';

describe('frames', () => {
  test.each([0, 1, 125, 126, 65_535, 65_536])('a text of %d bytes has the shortest length that RFC 6455 allows', (length) => {
    const frame = textFrame('x'.repeat(length));
    const [first, second] = frame;
    expect(first).toBe(0x81);
    const long = length < 65_536 ? 126 : 127;
    expect(second).toBe(length < 126 ? length : long);
    if (second === 126) expect(frame.readUInt16BE(2)).toBe(length);
    if (second === 127) expect(Number(frame.readBigUInt64BE(2))).toBe(length);
    expect(frame.subarray(frame.length - length).toString()).toBe('x'.repeat(length));
  });

  test('lengths are of bytes, not of characters', () => {
    expect(textFrame('é👋')).toEqual(Buffer.concat([Buffer.from([0x81, 6]), Buffer.from('é👋')]));
    const buffer = Buffer.from('frame..........');
    encodePing(buffer, 5, 0x31323334, -1);
    expect(buffer).toEqual(
      Buffer.concat([Buffer.from('frame'), Buffer.from([0x89, 8]), Buffer.from('1234'), Buffer.alloc(4, 255)]),
    );
  });
});
