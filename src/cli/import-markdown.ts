import { extname } from 'node:path';
import { lexer, type Token, type Tokens } from 'marked';

const LONGEST = 7000;
const BULLET = /^\s*[-*+]\s+/;
const COMMENT = /<!--[\s\S]*?-->/g;
/** How one file includes another: nothing to remember. */
const INCLUDE = /^@\S+$/;
/** Files of which the name says nothing about what they hold. */
const GENERAL = /^\.?(?:claude|agents|gemini|readme|memory|notes|cursorrules|copilot instructions)$/;

const EXTENSIONS = ['.md', '.mdx', '.mdc', '.markdown'];

/** By its name. */
export const isMarkdown = (file: string): boolean => EXTENSIONS.includes(extname(file).toLowerCase());

export type Statement = { readonly line: number; readonly text: string };

/**
 * The statements of a Markdown text, each under its headings so that it stands alone: a paragraph with the code after it,
 * an item of a list, a numbered list as a whole. Where there is no title, `name`, the file's, says what it is about.
 */
export function statementsOf(markdown: string, name: string): Statement[] {
  const { text, title } = withoutMatter(markdown.replace(/^\ufeff/, '').replaceAll('\r\n', '\n'));
  const stem = bare(name.replace(/\.[^.]+$/, ''));
  const isTold = (heading: string) =>
    heading !== '' && !(GENERAL.test(stem) && bare(heading).startsWith(stem));
  const top = title ?? (/^# /m.test(text) ? '' : stem);
  return blocksOf(placed(text)).flatMap(({ line, under, text }) => {
    if (text === '' || INCLUDE.test(text)) return [];
    const path = [...new Set([top, ...under])].filter(isTold).join(' > ');
    return pieces(text).map(piece => ({ line, text: path ? `${path}: ${piece}` : piece }));
  });
}

const bare = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim();

/**
 * The lines between two `---` with which notes and rules begin are about the file; of these the title is kept. They leave
 * empty lines, so that each line keeps its number.
 */
function withoutMatter(markdown: string): { readonly text: string; readonly title: string | undefined } {
  const front = /^---\n([\s\S]*?)\n---(?=\n|$)/.exec(markdown)?.[0] ?? '';
  const title = /^(?:title|name):\s*(["']?)(.+?)\1\s*$/m.exec(front)?.[2];
  return { text: front.replace(/[^\n]/g, '') + markdown.slice(front.length), title };
}

/** Where something begins, and the headings above it. */
type Place = { readonly line: number; readonly under: readonly string[] };

function placed(markdown: string): (Place & { readonly token: Token })[] {
  let line = 1;
  let under: readonly string[] = [];
  return lexer(markdown).map(token => {
    // A level that was left out is empty.
    if (token.type === 'heading')
      under = Array.from({ length: token.depth }, (_, level) =>
        level + 1 === token.depth ? token.text : (under[level] ?? ''),
      );
    const at = { token, line, under };
    line += breaksIn(token.raw);
    return at;
  });
}

type Block = Place & { readonly text: string };

const SILENT: readonly string[] = ['heading', 'hr', 'def'];

function blocksOf(tokens: ReturnType<typeof placed>): Block[] {
  const blocks: Block[] = [];
  /** The text before, while what follows may belong to it: code does, and whatever a colon announces. */
  let open: Block | undefined;
  for (const { token, line, under } of tokens) {
    const text = withoutComments(token);
    if (text === '') continue;
    const before = open && (token.type === 'code' || open.text.endsWith(':')) ? open : undefined;
    open = undefined;
    if (SILENT.includes(token.type)) continue;
    if (before) blocks.pop();
    if (isList(token)) blocks.push(...itemsOf(token, { line, under: announced(under, before) }));
    else {
      open = before ? { ...before, text: `${before.text}\n\n${text}` } : { line, under, text };
      blocks.push(open);
    }
  }
  return blocks;
}

const announced = (under: readonly string[], before: Block | undefined): readonly string[] =>
  before ? [...under, before.text.replaceAll('\n', ' ').slice(0, -1)] : under;

/** The order of a numbered list is part of what it says. */
function itemsOf(list: Tokens.List, at: Place): Block[] {
  if (list.ordered) return [{ ...at, text: withoutComments(list) }];
  let { line } = at;
  return list.items.map(item => {
    const block = { line, under: at.under, text: withoutComments(item).replace(BULLET, '') };
    line += breaksIn(item.raw);
    return block;
  });
}

const withoutComments = ({ type, raw }: { readonly type: string; readonly raw: string }): string =>
  (type === 'code' ? raw : raw.replace(COMMENT, '')).trim();

const isList = (token: Token): token is Tokens.List => token.type === 'list';

const breaksIn = (text: string): number => text.split('\n').length - 1;

/** What is too long for one memory is cut between lines, else between words. */
export function pieces(text: string): string[] {
  if (text.length <= LONGEST) return [text];
  const head = text.slice(0, LONGEST);
  const at = [head.lastIndexOf('\n'), head.lastIndexOf(' ')].find(at => at > LONGEST / 2) ?? LONGEST;
  return [head.slice(0, at).toWellFormed().trim(), ...pieces(text.slice(at).toWellFormed().trim())];
}
