/** One event of a stream of server-sent events. */
export interface SentEvent {
  type: string;
  data: string;
  /** The last id that the stream named; null if there was none yet. */
  id: string | null;
}

/** Gathers lines until an event is whole. */
class EventBuilder {
  #type = '';
  #data: string[] = [];
  #id: string | null = null;
  #toldId: string | null = null;

  /** Takes a line; returns the event that it ends, if it does. */
  take(line: string): SentEvent | null {
    if (line === '') return this.#end();
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#type = value;
    if (name === 'data') this.#data.push(value);
    if (name === 'id' && !value.includes('\0')) this.#id = value;
    return null;
  }

  #end(): SentEvent | null {
    const [type, data, id] = [this.#type, this.#data, this.#id];
    const isNewId = id !== this.#toldId;
    this.#type = '';
    this.#data = [];
    this.#toldId = id;
    if (data.length > 0) return { type: type || 'message', data: data.join('\n'), id };
    return isNewId ? { type: 'position', data: '', id } : null;
  }
}

/**
 * Reads a stream as the HTML standard has it ("Server-sent events"). An id that comes with no event is given, too, as
 * one of the type `position`.
 */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<SentEvent, void, undefined> {
  const decoder = new TextDecoder();
  const builder = new EventBuilder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    // A line feed may still follow a carriage return at the end.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = builder.take(line);
      if (event) yield event;
    }
  }
}
