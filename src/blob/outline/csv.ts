import { count, cut } from './lines.js';

const SEPARATORS = [',', ';', '\t', '|'];
const COLUMNS = 60;
/** Different values that are remembered of a column. */
const VALUES = 20;

/** The columns with what their values range over; undefined when the first line names no two columns. */
export function csvOutline(text: string): readonly string[] | undefined {
  const separator = separatorOf(text);
  const columns: Column[] = [];
  let rows = -1;
  for (const cells of rowsOf(text, separator)) {
    rows += 1;
    if (rows === 0) columns.push(...cells.slice(0, COLUMNS).map(columnNamed));
    else for (const [at, column] of columns.entries()) note(column, cells[at] ?? '');
    if (rows === 0 && cells.length < 2) return undefined;
  }
  return [`${count(rows, 'row')}, ${count(columns.length, 'column')}`, ...columns.map(shown)];
}

function separatorOf(text: string): string {
  const header = text.slice(0, 10_000).split('\n', 1)[0] ?? '';
  const often = (separator: string) => header.split(separator).length;
  return SEPARATORS.reduce((best, one) => (often(one) > often(best) ? one : best));
}

/** RFC 4180: in quotes a separator, a line break and a doubled quote are text. */
function* rowsOf(text: string, separator: string): Generator<string[]> {
  let cells: string[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  while (at < text.length) {
    const { cell, end } = cellAt(text, at, separator);
    cells.push(cell);
    at = end + 1;
    if (text[end] === separator && at < text.length) continue;
    if (cells.length > 1 || cell !== '') yield cells;
    cells = [];
  }
}

function cellAt(text: string, start: number, separator: string): { cell: string; end: number } {
  let at = start;
  if (text[at] === '"') {
    at = text.indexOf('"', at + 1);
    while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
    if (at < 0) return { cell: text.slice(start + 1), end: text.length };
  }
  while (at < text.length && text[at] !== separator && text[at] !== '\n') at += 1;
  const raw = text.slice(start, at);
  const cell = raw.startsWith('"') ? raw.slice(1, raw.lastIndexOf('"')).replaceAll('""', '"') : raw;
  return { cell: cell.trim(), end: at };
}

type Column = {
  readonly name: string;
  readonly seen: Set<string>;
  filled: number;
  numbers: number;
  low: number;
  high: number;
  first: string;
  last: string;
};

const columnNamed = (name: string): Column => ({
  name: cut(name, 60),
  seen: new Set(),
  filled: 0,
  numbers: 0,
  low: Number.POSITIVE_INFINITY,
  high: Number.NEGATIVE_INFINITY,
  first: '',
  last: '',
});

function note(column: Column, cell: string): void {
  if (cell === '') return;
  column.filled += 1;
  if (column.seen.size <= VALUES) column.seen.add(cut(cell, 30));
  const number = Number(cell);
  if (Number.isFinite(number)) {
    column.numbers += 1;
    column.low = Math.min(column.low, number);
    column.high = Math.max(column.high, number);
  }
  if (column.filled === 1 || cell < column.first) column.first = cell;
  if (cell > column.last) column.last = cell;
}

function shown({ name, seen, filled, numbers, low, high, first, last }: Column): string {
  if (filled === 0) return `${name}: empty`;
  if (numbers === filled) return `${name}: number, ${low} to ${high}`;
  if (seen.size <= VALUES && seen.size < 8) return `${name}: ${[...seen].sort().join(' | ')}`;
  const variety = seen.size > VALUES ? `more than ${VALUES} values` : `${seen.size} values`;
  return `${name}: text, ${variety}, ${cut(first, 40)} to ${cut(last, 40)}`;
}
