import { jsonIn } from '../text/json.js';
import { looksLikeLog } from './outline/log.js';

/** What a text is, which decides its outline. */
export const KINDS: Readonly<Record<string, readonly string[]>> = {
  typescript: ['ts', 'mts', 'cts'],
  tsx: ['tsx'],
  javascript: ['js', 'mjs', 'cjs', 'jsx'],
  python: ['py', 'pyi'],
  go: ['go'],
  rust: ['rs'],
  java: ['java'],
  json: ['json', 'jsonl', 'ndjson', 'geojson', 'ipynb', 'webmanifest'],
  yaml: ['yaml', 'yml'],
  toml: ['toml'],
  markdown: ['md', 'markdown', 'mdx'],
  csv: ['csv', 'tsv'],
  log: ['log'],
  code: ['c', 'h', 'cc', 'cpp', 'hpp', 'cs', 'rb', 'php', 'swift', 'kt', 'scala', 'sh', 'lua', 'dart'],
  text: ['txt', 'text'],
};

const BY_EXTENSION = new Map(
  Object.entries(KINDS).flatMap(([kind, extensions]) => extensions.map(one => [one, kind] as const)),
);

/** Subtypes as media types spell them: application/x-yaml, text/x-python, application/ld+json. */
const BY_SUBTYPE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(KINDS).map(kind => [kind, kind])),
  ecmascript: 'javascript',
  'tab-separated-values': 'csv',
  rustsrc: 'rust',
  ndjson: 'json',
};

/** By media type, else by the ending of the name, else by what the text begins with. */
export function kindOf(
  text: string,
  { name, mime }: { readonly name: string; readonly mime: string | null },
): string {
  const said = mimeKind(mime);
  if (said !== undefined && said !== 'text') return said;
  const ending = /\.([A-Za-z0-9]{1,12})$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return BY_EXTENSION.get(ending) ?? said ?? sniffed(text);
}

function mimeKind(mime: string | null): string | undefined {
  if (mime === null) return undefined;
  const [whole = ''] = mime.split(';');
  const subtype = whole
    .slice(whole.indexOf('/') + 1)
    .replace(/^.*\+/, '')
    .replace(/^(?:x-|vnd\.)/, '');
  const kind = Object.hasOwn(BY_SUBTYPE, subtype) ? BY_SUBTYPE[subtype] : undefined;
  return kind ?? (whole === 'text/plain' ? 'text' : undefined);
}

/** Only what can be told without doubt: a wrong structure would mislead. */
function sniffed(text: string): string {
  const start = text.slice(0, 4000).trimStart();
  if (/^[[{]/.test(start) && jsonIn(text) !== undefined) return 'json';
  const lines = start.split('\n').slice(0, 30);
  if (looksLikeLog(lines)) return 'log';
  if (/^#{1,6} \S/.test(start) && lines.some((line, at) => at > 0 && /^#{1,6} \S/.test(line)))
    return 'markdown';
  return 'text';
}
