import type { Call } from '../schema/call.js';
import type { MemoryBody, ProposedChange } from '../schema/memory.js';
import type { Home } from '../schema/scope.js';
import { normalise, placesOf } from '../scope.js';
import { findMemories, sameFingerprints } from '../store/memories.js';
import type { Reader } from '../store/store.js';
import { canonicalJson } from '../text/hash.js';
import { redact } from '../text/redact.js';
import { check } from './draft.js';
import { fingerprint } from './index-text.js';
import type { Parts } from './parts.js';

/**
 * What stands against adding a memory: everything that is wrong with it, or nothing. `key` is equal for memories of one
 * type and scope whose text differs only in case, white space and closing punctuation; `id` is the active one, if any.
 */
export type Known = { readonly problems: readonly string[] } | { readonly key: string; readonly id?: string };

/** Looks each added memory up before anything is proposed. Throws `invalid` when secrets are refused and it holds one. */
export async function known(parts: Parts, changes: readonly ProposedChange[], call: Call): Promise<Known[]> {
  const clean = await redact(changes, parts.options.redact);
  return parts.store.read(call.namespace, async reader => {
    const found: Known[] = [];
    for (const change of clean.value) found.push(await knownChange(reader, change, call));
    return found;
  });
}

async function knownChange(reader: Reader, change: ProposedChange, call: Call): Promise<Known> {
  const checked = check(change, call);
  if ('problems' in checked) return checked;
  if (!('body' in checked.draft)) return { problems: ['only what adds a memory can be known already'] };
  const { body } = checked.draft;
  const key = sameness(body);
  const scope = { nodes: { match: 'home', anyOf: placesOf(body, call.home) }, tags: body.tags } as const;
  const ids = (await sameFingerprints(reader, [fingerprint(body.content)], scope)).map(row => row.id);
  const same = (await findMemories(reader, ids)).find(
    memory => memory.status === 'active' && sameness(renamed(memory, call.home)) === key,
  );
  return { key, ...(same && { id: same.id }) };
}

/** As if it had been stored under the present name of the home. */
const renamed = (body: MemoryBody, home: Home): MemoryBody =>
  body.graph_nodes.some(node => home.aliases.includes(node))
    ? { ...body, ...normalise({ ...body, graph_nodes: [...others(body, home), ...home.nodes] }) }
    : body;

const others = ({ graph_nodes }: MemoryBody, { aliases }: Home): string[] =>
  graph_nodes.filter(node => !aliases.includes(node));

/** Equal for memories of one type and scope that say the same but for case, white space and closing punctuation. */
export const sameness = ({ type, content, graph_nodes, tags }: MemoryBody): string =>
  canonicalJson([type, fingerprint(content), graph_nodes, tags]);
