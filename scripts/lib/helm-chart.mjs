import { readdirSync, readFileSync } from 'node:fs';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { here } from './files.mjs';

const CHART = 'deploy/helm/tidings';
const read = (name) => readFileSync(here(`${CHART}/${name}`), 'utf8');

/** What the chart uses of Helm's functions. */
const FUNCTIONS = { toJson: (value) => JSON.stringify(value), quote: (value) => JSON.stringify(String(value)) };

const pathOf = (scope, path) => path.split('.').reduce((value, name) => value?.[name], scope);

function evaluate(expression, scope) {
  const [path, ...names] = expression.split('|').map((word) => word.trim());
  const value = /^\.[\w.]+$/.test(path) ? pathOf(scope, path.slice(1)) : undefined;
  if (value === undefined || names.some((name) => !Object.hasOwn(FUNCTIONS, name)))
    throw new Error(`{{ ${expression} }} is not understood`);
  return names.reduce((result, name) => FUNCTIONS[name](result), value);
}

/** Renders what the chart uses of Helm's language: values through `toJson` and `quote`, and an `if` around a file. */
function render(template, scope) {
  const whole = /^\{\{ if ([^}]+) \}\}\n([\s\S]*)\{\{ end \}\}\n$/.exec(template);
  if (whole) return evaluate(whole[1], scope) ? render(whole[2], scope) : '';
  return template.replace(/\{\{(.*?)\}\}/g, (_, expression) => String(evaluate(expression.trim(), scope)));
}

/** Puts one tree of values over another, as `helm --values` does. */
function over(values, given) {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return given;
  return { ...values, ...Object.fromEntries(Object.entries(given).map(([name, value]) => [name, over(values?.[name], value)])) };
}

/** Returns the chart's manifests, with these values over its own. */
export function renderChart(values = {}) {
  const scope = { Values: over(parse(read('values.yaml')), values) };
  return readdirSync(here(`${CHART}/templates`))
    .sort()
    .flatMap((name) => parseAllDocuments(render(read(`templates/${name}`), scope)).map((document) => document.toJS()))
    .filter((manifest) => manifest !== null);
}

/** Returns what `kubectl apply` takes where there is no Helm. */
export function plainManifests() {
  const documents = renderChart().map((manifest) => stringify(manifest, { lineWidth: 0 }));
  return `# Made from ${CHART} by "npm run codegen": change that, or copy this. deploy/README.md says what it needs.\n${documents.join('---\n')}`;
}
