import type { Environment } from './config.js';

/** Returns the variables that are given, else those of the process. */
export const environmentOf = (given: Environment | null): Environment => given ?? process.env;
