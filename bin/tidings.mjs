#!/usr/bin/env node
import { existsSync } from 'node:fs';

// Otherwise graphql-js and Apollo check every value of every answer as in development.
process.env.NODE_ENV ??= 'production';

const program = new URL('../dist/cli/tidings.js', import.meta.url);

// In a checkout whose build is missing or older than its sources; what is released comes built.
if (existsSync(new URL('../src', import.meta.url))) {
  const { ensureBuilt } = await import('../scripts/build.mjs');
  const { failWith } = await import('../scripts/lib/run.mjs');
  await ensureBuilt().catch(failWith);
}
await import(program.href);
