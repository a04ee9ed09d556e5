/** What the client knows of a root field of the schema. */
export interface Operation {
  name: string;
  kind: 'query' | 'mutation' | 'subscription';
  /** What is sent. A field that is asked for on demand stands in a mark: `<name:selection>`. */
  document: string;
  /** Whether it may be sent again although nobody knows whether it took place. */
  isRepeatable: boolean;
  /** Whether its input has an idempotency key. */
  hasKey: boolean;
  /** Whether null is an answer: there is nothing with that id. */
  mayBeNull: boolean;
  /** The argument by which pages are asked for; null if it has no pages. */
  positionArgument: 'nextToken' | 'after' | null;
}

export interface CallOptions<Include extends string = never> {
  /** Fields that cost the service more, or that have arguments of their own: only asked for where they are named. */
  include?: readonly Include[];
  /** Ends the call, its repetitions and its waiting; the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
  /** How long one attempt may take, in milliseconds. */
  timeoutMs?: number;
  /** For how long it is repeated where that is safe, in milliseconds; 0: never. */
  retryForMs?: number;
}

/** Where a page ends. */
export interface Position {
  /** Null at the end. */
  nextToken?: string | null;
  /** Where to go on. */
  next?: string;
  /** False if nothing follows yet. */
  more?: boolean;
}

/** Puts in what was asked for on demand, and takes out the rest. */
export const documentWith = ({ document }: Operation, include: readonly string[] = []): string =>
  document.replace(/<(\w+):([^>]*)>/g, (_, name: string, selection: string) => (include.includes(name) ? selection : ''));
