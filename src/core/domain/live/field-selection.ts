import { isJsonObject, type Json, type JsonObject } from './json.js';

const KEY = Symbol('key');

/** Selects attributes of a JSON object: the whole of each that is `true`, parts of the others. */
export interface Selection extends ReadonlyMap<string, Selection | true> {
  /** Cache of `selectionKey`. */
  [KEY]?: string;
}

/** Attributes that are selected in any case. */
export const ALWAYS = ['id', 'key', 'self', 'reference_id'] as const;

type Growing = Map<string, Growing | true>;

/**
 * Makes a selection of dotted paths.
 * @param paths such as `owner.name`
 */
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

/**
 * Makes a selection of the shape of a JSON object: an object with attributes selects parts, a list what its
 * items do, any other value the whole.
 * @param always attributes that are selected of each object and sub-object
 */
export function selectionOfShape(shape: JsonObject, always: readonly string[] = []): Selection {
  const root: Map<string, Selection | true> = new Map();
  for (const [name, value] of Object.entries(shape)) root.set(name, partOfShape(value, always));
  for (const name of always) root.set(name, true);
  return root;
}

function partOfShape(value: Json, always: readonly string[]): Selection | true {
  if (Array.isArray(value)) {
    const [first = true, ...others] = value.map((item) => partOfShape(item, always));
    return others.reduce(unitePart, first);
  }
  return isJsonObject(value) && Object.keys(value).length > 0 ? selectionOfShape(value, always) : true;
}

/** Selects what either selection does. */
export function unite(a: Selection, b: Selection): Selection {
  const united = new Map(a);
  for (const [name, theirs] of b) {
    const ours = united.get(name);
    united.set(name, ours === undefined ? theirs : unitePart(ours, theirs));
  }
  return united;
}

const unitePart = (a: Selection | true, b: Selection | true): Selection | true => (a === true || b === true ? true : unite(a, b));

/** Returns a text that is the same for all selections that select the same. */
export function selectionKey(selection: Selection): string {
  selection[KEY] ??= computeKey(selection);
  return selection[KEY];
}

function computeKey(selection: Selection): string {
  const names = [...selection.keys()].sort();
  return `{${names.map((name) => JSON.stringify(name) + (selection.get(name) === true ? '' : selectionKey(selection.get(name) as Selection))).join(',')}}`;
}

/**
 * Returns the selected part of an object, and of each object in an array. `null` in place of an object stays;
 * other values have no parts.
 */
export function select(data: JsonObject, selection: Selection): JsonObject {
  const entries: Array<[string, Json]> = [];
  for (const [name, part] of selection) {
    if (!Object.hasOwn(data, name)) continue;
    const value = data[name] as Json;
    if (part === true) entries.push([name, value]);
    else if (typeof value === 'object') entries.push([name, selectPart(value, part)]);
  }
  return Object.fromEntries(entries);
}

function selectPart(value: Json, part: Selection): Json {
  if (Array.isArray(value)) return value.map((item) => selectPart(item, part));
  return isJsonObject(value) ? select(value, part) : value;
}
