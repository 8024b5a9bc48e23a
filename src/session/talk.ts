import type { GivenMessage, Part } from '../schema/message.js';

/** One conversation of an account's export, and what of it is no part of what its owner sees. */
export type Talk = {
  readonly name: string;
  readonly model: string | undefined;
  readonly messages: readonly GivenMessage[];
  /** How many messages were left out, by why. */
  readonly leftOut: Readonly<Record<string, number>>;
};

type Tree<T> = { readonly last: string; readonly before: (node: T) => string | undefined };

/** From the first node to `last`. What was edited or asked anew lies on other branches. */
export function branchTo<T>(nodes: ReadonlyMap<string, T>, { last, before }: Tree<T>): T[] {
  const branch = new Map<string, T>();
  let id: string | undefined = last;
  while (id !== undefined && !branch.has(id)) {
    const node = nodes.get(id);
    if (node === undefined) break;
    branch.set(id, node);
    id = before(node);
  }
  return [...branch.values()].reverse();
}

/** The words of parts as one text. */
export const wordsOf = (parts: readonly Part[]): string =>
  parts.map(part => ('text' in part ? part.text : JSON.stringify(part))).join('\n');
