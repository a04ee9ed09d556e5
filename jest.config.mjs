/**
 * Runs by `npm run jest -- <path>`, which hands node the flag that jest needs for native ESM; the product
 * is built first.
 */
/**
 * Names system tests by folder, or by file name where their room has others, too: whole nodes and
 * installations, servers that are killed, plans of statements, browsers, programs. `npm run test:fast` leaves
 * them out.
 */
export const SYSTEM_TESTS = ['/test/(adapters|bench|cli|client|deploy|e2e|embedded|faults|support)/', '\\.system\\.test\\.ts$'];

/** Names tests that only read files: `npm run check` runs them, without servers. */
export const STATIC_TESTS = ['/test/architecture\\.test\\.ts$', '/test/docs/'];

export default {
  // Runs that give their tests another temporary folder share it.
  cacheDirectory: '<rootDir>/.cache/jest',
  testEnvironment: '<rootDir>/test/support/environment.mjs',
  testSequencer: '<rootDir>/test/support/sequencer.mjs',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.cache/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  maxWorkers: '100%',
  testTimeout: 30_000,
};
