import { existsSync } from 'node:fs';

// Keeps graphql-js and Apollo from checking every value of every answer, as they do in development.
process.env.NODE_ENV ??= 'production';

const program = new URL('../dist/cli/tidings.js', import.meta.url);

// Builds a checkout whose build is missing or older than its sources. Releases come built.
if (existsSync(new URL('../src', import.meta.url))) {
  const { ensureBuilt } = await import('../scripts/build.mjs');
  const { failWith } = await import('../scripts/lib/run.mjs');
  await ensureBuilt().catch(failWith);
}
await import(program.href);
