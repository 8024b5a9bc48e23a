import { at, cut, linesIn } from './lines.js';

/** Tables and keys. A text of several lines in quotes is skipped, so that nothing in it looks like a key. */
export function tomlOutline(text: string): readonly string[] {
  const found: string[] = [];
  let quotes: string | undefined;
  for (const [index, line] of linesIn(text).entries()) {
    if (quotes !== undefined) {
      if (line.includes(quotes)) quotes = undefined;
      continue;
    }
    const trimmed = line.trim();
    const end = trimmed.indexOf('=');
    if (/^\[\[?[^\]]/.test(trimmed) && end < 0) found.push(`${at(index)}${trimmed}`);
    else if (end > 0 && /^[\w"'.-]/.test(trimmed)) {
      const value = trimmed.slice(end + 1).trim();
      found.push(`${at(index)}  ${cut(trimmed.slice(0, end).trim(), 60)} = ${cut(value, 60)}`);
      quotes = opened(value);
    }
  }
  return found;
}

function opened(value: string): string | undefined {
  const quotes = ['"""', "'''"].find(one => value.startsWith(one));
  return quotes !== undefined && value.indexOf(quotes, 3) < 0 ? quotes : undefined;
}
