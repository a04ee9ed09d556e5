/** Oldest browsers that what is built for pages runs in, as esbuild names them. */
export const BROWSERS = ['chrome111', 'firefox113', 'safari16.4'];
