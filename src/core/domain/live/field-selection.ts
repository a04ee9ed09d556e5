import { isJsonObject, type Json, type JsonObject } from './json.js';

const KEY = Symbol('key');

/** Which attributes of a JSON object are wanted: all of each that is `true`, parts of the others. */
export interface Selection extends ReadonlyMap<string, Selection | true> {
  /** See `selectionKey`, which computes it once. */
  [KEY]?: string;
}

/** These come whatever is selected. */
export const ALWAYS = ['id', 'key', 'self', 'reference_id'] as const;

type Growing = Map<string, Growing | true>;

/** @param paths dotted, such as `owner.name` */
export function selectionOfPaths(paths: readonly string[], always: readonly string[] = ALWAYS): Selection {
  const root: Growing = new Map(always.map((name) => [name, true]));
  for (const path of paths) {
    let at = root;
    const names = path.split('.');
    for (const [i, name] of names.entries()) {
      const known = at.get(name);
      if (known === true) break;
      if (i === names.length - 1) {
        at.set(name, true);
      } else {
        const next: Growing = known ?? new Map();
        at.set(name, next);
        at = next;
      }
    }
  }
  return root;
}

/** By the shape of a JSON object: an object in it that has attributes selects parts, any other value selects all of its attribute. */
export function selectionOfShape(shape: JsonObject, always: readonly string[] = []): Selection {
  const root: Growing = new Map();
  for (const [name, value] of Object.entries(shape)) {
    root.set(name, isJsonObject(value) && Object.keys(value).length > 0 ? (selectionOfShape(value) as Growing) : true);
  }
  for (const name of always) root.set(name, true);
  return root;
}

/** What either of them selects. */
export function unite(a: Selection, b: Selection): Selection {
  const united = new Map(a);
  for (const [name, theirs] of b) {
    const ours = united.get(name);
    united.set(name, ours === undefined ? theirs : unitePart(ours, theirs));
  }
  return united;
}

const unitePart = (a: Selection | true, b: Selection | true): Selection | true => (a === true || b === true ? true : unite(a, b));

/** One text for all selections that select the same. */
export function selectionKey(selection: Selection): string {
  selection[KEY] ??= computeKey(selection);
  return selection[KEY];
}

function computeKey(selection: Selection): string {
  const names = [...selection.keys()].sort();
  return `{${names.map((name) => JSON.stringify(name) + (selection.get(name) === true ? '' : selectionKey(selection.get(name) as Selection))).join(',')}}`;
}

/** The selected part of an object; in an array, of each object in it. `null` in place of an object stays, other values have no parts. */
export function select(data: JsonObject, selection: Selection): JsonObject {
  const entries: Array<[string, Json]> = [];
  for (const [name, part] of selection) {
    if (!Object.hasOwn(data, name)) continue;
    const value = data[name] as Json;
    if (part === true) entries.push([name, value]);
    else if (isJsonObject(value)) entries.push([name, select(value, part)]);
    else if (Array.isArray(value)) entries.push([name, value.map((item) => (isJsonObject(item) ? select(item, part) : item))]);
    else if (value === null) entries.push([name, null]);
  }
  return Object.fromEntries(entries);
}
