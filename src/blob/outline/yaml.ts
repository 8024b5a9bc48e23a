import { at, cut, linesIn } from './lines.js';

/** Levels of keys that are shown. */
const LEVELS = 3;

/** Keys by their indentation, without reading values: YAML has too many ways to make a reader work for ever. */
export function yamlOutline(text: string): readonly string[] {
  const found: string[] = [];
  const open: number[] = [];
  let block = Number.POSITIVE_INFINITY;
  for (const [index, line] of linesIn(text).entries()) {
    const indent = line.length - line.trimStart().length;
    if (line.trim() === '' || line[indent] === '#') continue;
    if (indent > block) continue;
    block = Number.POSITIVE_INFINITY;
    const entry = entryOf(line.slice(indent));
    if (!entry) continue;
    while ((open.at(-1) ?? -1) >= indent) open.pop();
    open.push(indent);
    if (/^[|>][+\-\d]{0,2}\s*$/.test(entry.value)) block = indent;
    if (open.length <= LEVELS) found.push(`${at(index)}${'  '.repeat(open.length - 1)}${shown(entry)}`);
  }
  return found;
}

type Entry = { readonly key: string; readonly value: string };

/** `key: value`, or a document's `---`. Items of a list are part of their key. */
function entryOf(line: string): Entry | undefined {
  if (line.startsWith('---')) return { key: '---', value: '' };
  const end = line.search(/:(?:\s|$)/);
  if (end < 1 || /^[-{[\]}!&*]/.test(line)) return undefined;
  return { key: line.slice(0, end), value: line.slice(end + 1).trim() };
}

const shown = ({ key, value }: Entry): string =>
  key === '---' ? key : `${cut(key, 60)}:${value === '' ? '' : ` ${cut(value, 60)}`}`;
