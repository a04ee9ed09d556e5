import { existsSync, readFileSync } from 'node:fs';
import { here } from './files.mjs';
import { must } from './run.mjs';

const json = (path) => JSON.parse(readFileSync(here(path), 'utf8'));

/** Returns whether every package of these groups of package.json is installed in the locked version. */
function isInstalled(groups) {
  // npm writes it last.
  if (!existsSync(here('node_modules/.package-lock.json'))) return false;
  const manifest = json('package.json');
  const locked = json('package-lock.json').packages;
  return groups
    .flatMap((group) => Object.keys(manifest[group] ?? {}))
    .every((name) => {
      const path = `node_modules/${name}`;
      if (!existsSync(here(`${path}/package.json`))) return false;
      return json(`${path}/package.json`).version === locked[path]?.version;
    });
}

/** Runs npm: the one that started us, if one did. */
const npm = (args) => {
  const { npm_execpath: cli } = process.env;
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  return cli?.endsWith('.js')
    ? must(process.execPath, [cli, ...args, ...quiet])
    : must(process.platform === 'win32' ? 'npm.cmd' : 'npm', [...args, ...quiet]);
};

/** Installs missing packages that running needs. */
export async function installForRunning() {
  if (isInstalled(['dependencies'])) return;
  console.log('Installing packages (once, some seconds) ...');
  await npm(['ci', '--omit=dev']);
}

/** Installs missing packages that developing and testing need. */
export async function installForTesting() {
  if (isInstalled(['dependencies', 'devDependencies'])) return;
  console.log('Installing packages, with those for development (once, about a minute) ...');
  await npm(['ci']);
}
