// Node 12 reads this file and those that import it, too: no syntax that is younger, and no `node:` either.
// biome-ignore lint/style/useNodejsImportProtocol: Node 12 does not know it
import { readFileSync } from 'fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const least = /\d+\.\d+/.exec(engines.node)[0];
const found = process.versions.node;

/** Turns a version into a number that grows with it. */
const rank = (version) => {
  const [major, minor] = version.split('.').map(Number);
  return major * 1000 + minor;
};

if (rank(found) < rank(least)) {
  console.error(`tidings: Node ${found} is too old: ${least} or later is needed`);
  process.exit(1);
}
