/** The options of a view, such as a name and filters; what is empty is left out. */
export type Options = Readonly<Record<string, string>>;

/** Writes the URL of a view, to be put behind a `#`. */
export function viewUrl(path: string, options: Options = {}): string {
  const given = Object.entries(options).filter(([, value]) => value !== '');
  const search = new URLSearchParams(given).toString();
  return search === '' ? path : `${path}?${search}`;
}

export const linkTo = (path: string, options: Options = {}): string => `#${viewUrl(path, options)}`;
