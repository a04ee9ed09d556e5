import { counted } from './time-words.js';

const KIB = 1_024;

/** Writes a size: "43 bytes", "1.7 KB". */
export function sizeWords(bytes: number): string {
  return bytes < KIB ? counted(bytes, 'byte') : `${(bytes / KIB).toLocaleString('en-GB', { maximumFractionDigits: 1 })} KB`;
}

export const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** Keeps so many characters at the end of a name that is shortened in its middle. */
const TAIL = 12;

/** Shortens a long name in its middle, where it tells least. Counts code points. */
export function shortened(name: string, most: number): string {
  const points = [...name];
  if (points.length <= most) return name;
  const tail = Math.min(TAIL, Math.floor(most / 3));
  return `${points.slice(0, most - tail - 1).join('')}…${points.slice(-tail).join('')}`;
}

/** Returns the first line of a text that has anything on it, of bounded length. */
export function firstLine(text: string, most = 200): string {
  const line = text.split('\n').find((one) => one.trim() !== '') ?? '';
  return [...line.slice(0, most * 2)].slice(0, most).join('').trim();
}

/** Sets JSON out in lines; null if a text is none, or a bare number or word, which gains nothing by it. */
export function prettyJson(text: string): string | null {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isId = (text: string): boolean => ID.test(text);
