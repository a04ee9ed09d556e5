/** Names of so many recipients. */
export const recipientNames = (count: number): string[] => Array.from({ length: count }, (_, i) => `recipient-${i}`);
