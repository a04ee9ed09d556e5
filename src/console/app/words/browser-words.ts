// The first that fits names the browser: most call themselves Chrome and Safari as well.
const BROWSERS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bEdgA?(?:iOS)?\//, 'Edge'],
  [/\b(?:OPR|OPT)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome|Chromium)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*Safari\//, 'Safari'],
];

const SYSTEMS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b|\bMacintosh\b/, 'Mac'],
  [/\bLinux\b|\bX11\b/, 'Linux'],
];

const nameIn = (list: ReadonlyArray<readonly [RegExp, string]>, text: string) =>
  list.find(([pattern]) => pattern.test(text))?.[1] ?? null;

/** Names a browser by what it says of itself: "Chrome on Windows". Null if it said nothing. */
export function browserWords(userAgent: string | null): string | null {
  const text = userAgent?.trim() ?? '';
  if (text === '') return null;
  const browser = nameIn(BROWSERS, text);
  if (browser === null) return text.split(/[/\s]/, 1)[0] || null;
  const system = nameIn(SYSTEMS, text);
  return system === null ? browser : `${browser} on ${system}`;
}
