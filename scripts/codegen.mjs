/**
 * `npm run codegen`: types of the GraphQL API from schema/, Prisma's client from prisma/schema.prisma, and manifests
 * for Kubernetes from the chart.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { here } from './lib/files.mjs';
import { plainManifests } from './lib/helm-chart.mjs';
import { failWith, must, tool } from './lib/run.mjs';

export async function generate() {
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };
  await Promise.all([must(tool('graphql-codegen'), [], quiet), must(tool('prisma'), ['generate'], quiet)]);
  await writeFile(here('deploy/kubernetes/tidings.yaml'), plainManifests());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await generate().catch(failWith);
