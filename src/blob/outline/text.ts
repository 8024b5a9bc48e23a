import { at, count, linesIn } from './lines.js';

const HEAD = 12;
const TAIL = 5;

/** The first and last lines. */
export function textOutline(text: string): readonly string[] {
  const lines = linesIn(text);
  const shown = (from: number, to: number) =>
    lines.slice(from, to).map((line, index) => `${at(from + index)}${line.trimEnd()}`);
  if (lines.length <= HEAD + TAIL) return shown(0, lines.length);
  const hidden = lines.length - HEAD - TAIL;
  return [...shown(0, HEAD), `… ${count(hidden, 'line')} …`, ...shown(lines.length - TAIL, lines.length)];
}
