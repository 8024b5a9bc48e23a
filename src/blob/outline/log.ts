import { count, cut, linesIn } from './lines.js';
import { textOutline } from './text.js';

const LEVELS = ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'];
/** Where a level and a time are looked for in a line. */
const START = 200;
const SAMPLES = 10;
const TIME = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?|\d{1,2}:\d\d:\d\d/;

/** Levels with how many lines have each, the span of time, the first errors, and the first and last lines. */
export function logOutline(text: string): readonly string[] {
  const lines = linesIn(text);
  const levels = new Map<string, number>();
  const errors: string[] = [];
  for (const [index, line] of lines.entries()) {
    const level = levelOf(line);
    if (level === undefined) continue;
    levels.set(level, (levels.get(level) ?? 0) + 1);
    if ((level === 'FATAL' || level === 'ERROR') && errors.length < SAMPLES)
      errors.push(`${index + 1}: ${cut(line.trimEnd())}`);
  }
  const times = [lines.find(timeOf), lines.findLast(timeOf)].flatMap(line => timeOf(line ?? '') ?? []);
  return [
    ...(times.length > 0 ? [`from ${times[0]} to ${times.at(-1)}`] : []),
    LEVELS.flatMap(level => (levels.has(level) ? [count(levels.get(level) ?? 0, level)] : [])).join(', ') ||
      'no levels',
    ...(errors.length > 0 ? ['first errors:', ...errors] : []),
    'lines:',
    ...textOutline(text),
  ];
}

const timeOf = (line: string): string | undefined => TIME.exec(line.slice(0, START))?.[0];

function levelOf(line: string): string | undefined {
  const word = /\b(fatal|critical|panic|err(?:or)?|warn(?:ing)?|info|notice|debug|trace)\b/i.exec(
    line.slice(0, START),
  )?.[1];
  if (word === undefined) return undefined;
  const level = word.toUpperCase();
  if (level === 'CRITICAL' || level === 'PANIC') return 'FATAL';
  if (level === 'NOTICE') return 'INFO';
  return LEVELS.find(one => level.startsWith(one) || one.startsWith(level));
}

/** At least five lines, most of them with a time near their start. */
export function looksLikeLog(lines: readonly string[]): boolean {
  const filled = lines.filter(line => line.trim() !== '');
  const timed = filled.filter(line => TIME.test(line.slice(0, 40)));
  return filled.length >= 5 && timed.length > filled.length * 0.6;
}
