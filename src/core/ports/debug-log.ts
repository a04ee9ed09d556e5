/** What a line tells of. A recipient's name is written as the operator wants to see it. */
export interface DebugFields {
  /** Id of the tenant. */
  readonly tenant?: string | null | undefined;
  /** Name of a recipient of that tenant. */
  readonly recipient?: string | null | undefined;
  readonly [name: string]: string | number | null | undefined;
}

/** Writes lines about single connections and calls, of which there may be many: not every one is kept. */
export interface DebugLog {
  /** False below level `debug`. Callers ask before they gather what a line says. */
  readonly enabled: boolean;
  line(message: string, fields: DebugFields): void;
}

export const noDebugLog: DebugLog = { enabled: false, line: () => {} };
