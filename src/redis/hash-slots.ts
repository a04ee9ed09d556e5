/** Number of hash slots that a Redis Cluster divides its keys and sharded channels into. */
export const HASH_SLOTS = 16_384;

// CRC16 of the XMODEM kind, as the specification of Redis Cluster says.
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/**
 * Computes the slot of a key or channel. If something stands between its first `{` and the next `}`, only
 * that is hashed, so that names with the same tag share a slot.
 */
export function hashSlotOf(name: string): number {
  const open = name.indexOf('{');
  const end = open < 0 ? -1 : name.indexOf('}', open);
  const hashed = end > open + 1 ? name.slice(open + 1, end) : name;
  let crc = 0;
  for (const byte of Buffer.from(hashed)) crc = ((crc << 8) & 0xffff) ^ (TABLE[((crc >> 8) ^ byte) & 0xff] as number);
  return crc % HASH_SLOTS;
}
