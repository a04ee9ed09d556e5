/** How many slots the key space of a Redis Cluster has. */
export const HASH_SLOTS = 16_384;

// CRC16 of the XMODEM kind, as the specification of Redis Cluster says.
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/** The slot of a channel: of what stands between its first `{` and the next `}` if that is not empty, else of all of it. */
export function hashSlotOf(channel: string): number {
  const open = channel.indexOf('{');
  const end = open < 0 ? -1 : channel.indexOf('}', open);
  const hashed = end > open + 1 ? channel.slice(open + 1, end) : channel;
  let crc = 0;
  for (const byte of Buffer.from(hashed)) crc = ((crc << 8) & 0xffff) ^ (TABLE[((crc >> 8) ^ byte) & 0xff] as number);
  return crc % HASH_SLOTS;
}
