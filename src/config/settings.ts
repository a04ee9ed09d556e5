import { VARIABLE_NAMES, VARIABLES, type VariableName, type Variables } from './environment.js';

/** Defaults of these variables depend on others, so they have values only in the end. */
type Settled = 'SHUTDOWN_DELAY' | 'SHUTDOWN_SPREAD';

/** Values by variable, with every default filled in. */
export type SettledVariables = Variables & { [Name in Settled]: number };

/** A variable that is unset and has no default is null in the configuration. */
type ValueOf<Name extends VariableName> = Name extends Settled
  ? number
  : undefined extends Variables[Name]
    ? Exclude<Variables[Name], undefined> | null
    : Variables[Name];

type PathOf<Name extends VariableName> = (typeof VARIABLES)[Name]['paths'][number];

type ValueAt<Path extends string> = { [Name in VariableName]: Path extends PathOf<Name> ? ValueOf<Name> : never }[VariableName];

type KeyBelow<Prefix extends string, Path = PathOf<VariableName>> = Path extends `${Prefix}${infer Rest}`
  ? Rest extends `${infer Key}.${string}`
    ? Key
    : Rest
  : never;

/** The objects that the table's paths describe. */
type Tree<Prefix extends string> = {
  readonly [Key in KeyBelow<Prefix>]: `${Prefix}${Key}` extends PathOf<VariableName>
    ? ValueAt<`${Prefix}${Key}`>
    : Tree<`${Prefix}${Key}.`>;
};

/** All settings, grouped by consumer. */
export type Settings = Tree<''>;

/** Puts each value to its places. */
export function groupSettings(values: SettledVariables): Settings {
  const settings: Record<string, unknown> = {};
  for (const name of VARIABLE_NAMES) {
    for (const path of VARIABLES[name].paths) place(settings, path.split('.'), values[name] ?? null);
  }
  return settings as unknown as Settings;
}

function place(target: Record<string, unknown>, [key = '', ...below]: readonly string[], value: unknown): void {
  if (below.length === 0) {
    target[key] = value;
    return;
  }
  target[key] ??= {};
  place(target[key] as Record<string, unknown>, below, value);
}
