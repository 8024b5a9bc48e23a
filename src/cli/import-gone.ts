import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../engine.js';
import type { PortableMemory } from '../memory/portable.js';
import type { ProposedChange } from '../schema/memory.js';
import { normalise } from '../scope.js';
import { everyRow } from '../store/every-row.js';
import { canonicalJson } from '../text/hash.js';
import type { Folder } from './import-file.js';
import { isMarkdown } from './import-markdown.js';

const PAGE = 500;

/** What was imported from a file that says it no more. */
export type Gone = Pick<PortableMemory, 'id' | 'type' | 'content'>;

export type Again = {
  /** The files that are imported, as `source_refs` name them; none when no source is named by its file. */
  readonly files?: readonly string[];
  readonly folder?: Folder;
  /** Where to: nodes, or those that it was called by before. */
  readonly places: readonly (readonly string[])[];
  /** Ids of the active memories that say what the files say. */
  readonly said: ReadonlySet<string>;
};

/** The active memories that an earlier import of the files left in the same place, but for what they still say. */
export async function goneFrom(engine: Engine, { files = [], folder, places, said }: Again): Promise<Gone[]> {
  if (files.length === 0 && !folder) return [];
  const gone: Gone[] = [];
  for (const nodes of places)
    for await (const { id, type, content, ...memory } of lyingIn(engine, nodes)) {
      const [file = '', ...others] = memory.source_refs;
      const imported = type === 'fact' && memory.trust === 'import' && others.length === 0;
      if (!imported || memory.status !== 'active' || said.has(id)) continue;
      if (files.includes(file) || (folder !== undefined && isDeleted(file, folder)))
        gone.push({ id, type, content });
    }
  return gone;
}

/** Of the folder, and not there any more. Paths that are whole lie below none that is named within a work tree. */
function isDeleted(file: string, { path, source }: Folder): boolean {
  const within = source === '' ? '' : `${source}/`;
  if (!file.startsWith(within) || !isMarkdown(file) || (within === '' && /^(?:~?\/|[a-z]:)/i.test(file)))
    return false;
  return !existsSync(join(path, file.slice(within.length)));
}

/** What is about exactly these nodes. */
async function* lyingIn(engine: Engine, nodes: readonly string[]): AsyncGenerator<PortableMemory> {
  const place = canonicalJson(normalise({ graph_nodes: nodes }).graph_nodes);
  const every = everyRow({ by: 'id', from: '' }, afterId =>
    engine.memories.exportPage({ afterId, limit: PAGE, graph_nodes: nodes }),
  );
  for await (const memory of every) if (canonicalJson(memory.graph_nodes) === place) yield memory;
}

export const retiring = ({ id }: Gone): ProposedChange => ({
  op: 'deprecate',
  target_id: id,
  rationale: 'The file it was imported from says it no more.',
});
