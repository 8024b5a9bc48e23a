import type { Scope } from '../schema/scope.js';
import { analyse } from './analyse.js';
import { sha256 } from './hash.js';

/** Stands in the scope column of every row, so that terms can score without selecting. */
export const EVERY_ROW = 'every0';
export const GLOBAL = 'global0';

const known = new Map<string, string>();

/** A graph node as one word no text contains. The closing digit keeps the Porter stemmer away from it. */
export function nodeToken(node: string): string {
  const cached = known.get(node);
  if (cached) return cached;
  const token = `n${sha256(node).slice(0, 16)}0`;
  if (known.size < 10_000) known.set(node, token);
  return token;
}

export const scopeTokens = (nodes: readonly string[]): string[] => [
  EVERY_ROW,
  ...(nodes.length === 0 ? [GLOBAL] : nodes.map(nodeToken)),
];

/** The analysed names of a scope: nodes without what stands before their colon, and tags. */
export const scopeWords = ({ graph_nodes, tags }: Scope): string =>
  [...graph_nodes.map(node => node.slice(node.indexOf(':') + 1)), ...tags].flatMap(wordsOf).join(' ');

const words = new Map<string, readonly string[]>();

function wordsOf(name: string): readonly string[] {
  const cached = words.get(name);
  if (cached) return cached;
  const analysed = analyse(name);
  if (words.size < 10_000) words.set(name, analysed);
  return analysed;
}
