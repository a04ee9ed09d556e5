/** Returns the names of that many recipients. */
export const recipientNames = (count: number): string[] => Array.from({ length: count }, (_, i) => `recipient-${i}`);
