import { codeOutline } from './code.js';
import { csvOutline } from './csv.js';
import { jsonOutline } from './json.js';
import { bounded, count, linesIn, size } from './lines.js';
import { logOutline } from './log.js';
import { markdownOutline } from './markdown.js';
import { textOutline } from './text.js';
import { tomlOutline } from './toml.js';
import { yamlOutline } from './yaml.js';

export type Outlined = {
  /** Undefined for what is no text. */
  readonly text: string | undefined;
  readonly bytes: number;
  readonly name: string;
  readonly mime: string | null;
};

/** By kind; undefined is returned for a text that is not of its kind after all. All are linear in the text. */
const OUTLINES: Readonly<Record<string, (text: string) => readonly string[] | undefined>> = {
  json: jsonOutline,
  yaml: yamlOutline,
  toml: tomlOutline,
  markdown: markdownOutline,
  csv: csvOutline,
  log: logOutline,
  text: textOutline,
};

/** What a blob holds in at most 82 lines: one line of kind and size, then its parts with the lines where they begin. */
export async function outlineOf(kind: string, { text, bytes, name, mime }: Outlined): Promise<string> {
  if (text === undefined) return `binary${mime === null ? '' : ` (${mime})`}, ${size(bytes)}: ${name}`;
  const head = `${kind}, ${count(linesIn(text).length, 'line')}, ${size(bytes)}`;
  const outline = OUTLINES[kind];
  const parts = outline ? outline(text) : await codeOutline(kind, text);
  return [head, ...bounded(parts && parts.length > 0 ? parts : textOutline(text))].join('\n');
}
