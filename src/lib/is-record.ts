/** Tells objects from everything else. Arrays count as objects. */
export const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
