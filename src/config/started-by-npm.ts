/** Tells whether this process is what `npm start` has started. */
export const startedByNpm = (): boolean => process.env.npm_lifecycle_event === 'start';
