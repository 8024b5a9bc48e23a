import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, relative } from 'node:path';
import { EngineError } from '../errors.js';
import { jsonIn } from '../text/json.js';
import {
  type Addition,
  type ImportFile,
  readImport,
  readList,
  readNothing,
  unknownForm,
} from './import-file.js';
import { type History, readHistory } from './import-history.js';
import { isMarkdown, statementsOf } from './import-markdown.js';
import type { NameSource } from './import-source.js';
import { readTalks } from './import-talks.js';
import { readText } from './read-text.js';

const WANTED =
  'a file written by `mintmark export` or another memory, Markdown or a folder of it, or a history of messages';

export type Held = ImportFile | { readonly format: 'history'; readonly history: History };

/**
 * What there is to import under a path: what a file holds by its form, or the Markdown files below a folder. Throws
 * `not_found`, `io_error`, and `invalid` for what cannot be read as any of these, naming the place.
 */
export async function readHeld(path: string, nameSource: NameSource): Promise<Held> {
  const folder = await stat(path).catch(() => undefined);
  if (folder?.isDirectory()) return belowFolder(path, nameSource);
  const text = await readText(path, WANTED);
  if (isProse(path, text)) return markdown([{ file: basename(path), source: nameSource(path), text }]);
  const document = jsonIn(text);
  const listed = readList(document);
  if (listed) return listed;
  const history = readTalks(document) ?? readHistory(text);
  if (history) return { format: 'history', history };
  const nothing = readNothing(document);
  if (nothing) return nothing;
  // Lines are no document together.
  if (document !== undefined && text.trim().includes('\n')) throw unknownForm('the document');
  return readImport(text);
}

/** By its name, or because neither JSON nor its lines begin so. */
const isProse = (path: string, text: string): boolean =>
  isMarkdown(path) || extname(path).toLowerCase() === '.txt' || !/^\s*(?:[[{]|$)/.test(text);

async function belowFolder(path: string, nameSource: NameSource): Promise<ImportFile> {
  const texts: Text[] = [];
  for (const file of await markdownBelow(path))
    texts.push({
      file: relative(path, file).replaceAll('\\', '/'),
      source: nameSource(file),
      text: await readText(file, WANTED),
    });
  return { ...markdown(texts), folder: { path, source: nameSource(path) } };
}

export const noMarkdown = (path: string): EngineError =>
  new EngineError('not_found', `There is no Markdown file below ${path}.`, `Name ${WANTED}.`);

/** Neither what is hidden nor what was installed, in an order that does not depend on the file system. */
async function markdownBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { withFileTypes: true });
  const shown = found.filter(({ name }) => !name.startsWith('.') && name !== 'node_modules');
  const below = await Promise.all(
    shown
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .map(entry => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return markdownBelow(path);
        return entry.isFile() && isMarkdown(entry.name) ? [path] : [];
      }),
  );
  return below.flat();
}

type Text = { readonly file: string; readonly source: string; readonly text: string };

const markdown = (texts: readonly Text[]): ImportFile => ({
  format: 'markdown',
  memories: texts.flatMap(said),
  files: texts.map(({ source }) => source),
});

const said = ({ file, source, text: whole }: Text): Addition[] =>
  statementsOf(whole, basename(file)).map(({ line, text }) => ({
    place: `${file}, line ${line}`,
    change: { type: 'fact', content: text, source_refs: [source], trust: 'import' },
    origin: 'kept',
  }));
