/**
 * `npm run codegen`: types of the GraphQL API from schema/, and Prisma's client from prisma/schema.prisma.
 */
import { fileURLToPath } from 'node:url';
import { failWith, must, tool } from './lib/run.mjs';

export async function generate() {
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };
  await Promise.all([must(tool('graphql-codegen'), [], quiet), must(tool('prisma'), ['generate'], quiet)]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await generate().catch(failWith);
