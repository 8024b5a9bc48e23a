import { shorten } from '../../text/shorten.js';

/** What one line of an outline may have, and how many lines an outline; more would not be an outline. */
const LINE = 160;
const LINES = 80;

export const cut = (text: string, length = LINE): string => shorten(text, length);

/** Lines cut to what an outline may have; says how many were left out. */
export function bounded(lines: readonly string[], limit = LINES): string[] {
  const shown = lines.slice(0, limit).map(line => cut(line));
  return lines.length > limit ? [...shown, `… ${count(lines.length - limit, 'more line')}`] : shown;
}

export const count = (number: number, noun: string): string =>
  `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;

export const size = (bytes: number): string =>
  bytes < 1024
    ? count(bytes, 'byte')
    : bytes < 1024 * 1024
      ? `${(bytes / 1024).toFixed(1)} KB`
      : `${(bytes / 1024 / 1024).toFixed(1)} MB`;

export const linesIn = (text: string): string[] =>
  (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');

/** Where something stands, for `lines` of fetch. */
export const at = (index: number): string => `${index + 1}: `;
