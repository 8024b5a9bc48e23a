import { jsonIn } from '../../text/json.js';
import { count, cut, linesIn } from './lines.js';

/** Deeper values show their kind alone. */
const DEPTH = 4;
const KEYS = 20;
const SAMPLE = 50;

/** Keys and shapes of a JSON text, or of JSON lines; undefined when it is neither. */
export function jsonOutline(text: string): readonly string[] | undefined {
  const whole = jsonIn(text);
  if (whole !== undefined) return shape(whole, '', 0);
  const lines = linesIn(text).filter(line => line.trim() !== '');
  const items = lines.slice(0, SAMPLE).map(jsonIn);
  if (items.length < 2 || items.includes(undefined)) return undefined;
  return [`${count(lines.length, 'value')}, one a line, the first like:`, ...shape(items[0], '', 0)];
}

function shape(value: unknown, name: string, depth: number): string[] {
  const indent = '  '.repeat(depth);
  const label = name === '' ? indent : `${indent}${name}: `;
  if (typeof value !== 'object' || value === null) return [label + scalar(value)];
  if (Array.isArray(value)) return arrayShape(value, label, depth);
  const keys = Object.keys(value);
  const head = `${label}object of ${count(keys.length, 'key')}`;
  if (depth >= DEPTH) return [head];
  const fields = Object.entries(value)
    .slice(0, KEYS)
    .flatMap(([key, field]) => shape(field, cut(JSON.stringify(key).slice(1, -1), 60), depth + 1));
  const more = keys.length > KEYS ? [`${indent}  … ${count(keys.length - KEYS, 'more key')}`] : [];
  return [head, ...fields, ...more];
}

/** The first item stands for all, with the keys that others have beyond it. */
function arrayShape(items: readonly unknown[], label: string, depth: number): string[] {
  const kinds = [...new Set(items.slice(0, SAMPLE).map(kindOf))];
  const head = `${label}array of ${items.length.toLocaleString('en-US')}${kinds.length === 0 ? '' : ` (${kinds.join(' | ')})`}`;
  const first = items.find(item => typeof item === 'object' && item !== null);
  return first === undefined || depth >= DEPTH ? [head] : [head, ...shape(first, 'each like', depth + 1)];
}

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

function scalar(value: unknown): string {
  if (typeof value !== 'string') return value === null ? 'null' : `${typeof value} ${String(value)}`;
  return `string ${cut(JSON.stringify(value), 60)}`;
}
