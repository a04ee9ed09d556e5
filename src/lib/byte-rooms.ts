/** Is what an owner keeps in its room. */
export interface Kept {
  /** Gives back all but these bytes. */
  shrink(bytes: number): void;
  /** Gives back what is left, however often it is called. */
  leave(): void;
}

interface Room {
  bytes: number;
  readonly waiting: Array<{ bytes: number; go: () => void }>;
}

/** Bounds the bytes that each owner keeps. What goes beyond waits, in its owner's order. */
export class ByteRooms {
  readonly #rooms = new Map<string, Room>();

  /** @param most bytes of one owner */
  constructor(private readonly most: number) {}

  /** Resolves once the owner may keep so many bytes, which are no more than its room has. */
  async enter(owner: string, bytes: number): Promise<Kept> {
    let room = this.#rooms.get(owner);
    if (!room) {
      room = { bytes: 0, waiting: [] };
      this.#rooms.set(owner, room);
    }
    const { waiting } = room;
    if (waiting.length === 0 && room.bytes + bytes <= this.most) room.bytes += bytes;
    else await new Promise<void>((go) => waiting.push({ bytes, go }));
    let kept = bytes;
    const shrink = (left: number) => {
      const given = Math.max(0, kept - left);
      kept -= given;
      this.#giveBack(owner, given);
    };
    return { shrink, leave: () => shrink(0) };
  }

  #giveBack(owner: string, bytes: number): void {
    const room = this.#rooms.get(owner);
    if (!room) return;
    room.bytes -= bytes;
    for (let next = room.waiting[0]; next && room.bytes + next.bytes <= this.most; next = room.waiting[0]) {
      room.waiting.shift();
      room.bytes += next.bytes;
      next.go();
    }
    if (room.bytes === 0) this.#rooms.delete(owner);
  }
}
