import * as z from 'zod';
import type { Page } from '../schema/listing.js';
import { type Memory, MemoryType, MOST_CONTENT, type ProposedChange, Trust } from '../schema/memory.js';
import { normalise } from '../scope.js';
import { pageMemories } from '../store/memories.js';
import type { Store } from '../store/store.js';
import { canonicalJson, sha256 } from '../text/hash.js';
import { formatTime } from '../text/time.js';

/** The first line of an export, before what is known only when it is made. */
export const PORTABLE = { format: 'mintmark.memories', version: 1 } as const;

/** Statuses of memories that were committed once. */
export const TOOK_EFFECT = ['active', 'superseded', 'deprecated'] as const;

const time = z.iso.datetime();

/** One line of an export: a memory's body and what became of it. `sha256` covers the RFC 8785 text of everything else. */
export const PortableMemory = z.object({
  id: z.string().min(1),
  status: z.enum(TOOK_EFFECT),
  created_at: time,
  committed_at: time.nullable(),
  superseded_by: z.string().nullable(),
  type: MemoryType,
  content: z.string().min(1).max(MOST_CONTENT),
  graph_nodes: z.array(z.string()),
  tags: z.array(z.string()),
  importance: z.number().min(0).max(1),
  confidence: z.number().min(0).max(1),
  rationale: z.string().nullable(),
  source_refs: z.array(z.string()),
  trust: Trust,
  supersedes: z.array(z.string()),
  valid_from: time.nullable(),
  valid_to: time.nullable(),
  sha256: z.string(),
});
export type PortableMemory = z.infer<typeof PortableMemory>;

/** The hash that belongs in a line's `sha256`, whatever it holds now. */
export function portableHash(line: Readonly<Record<string, unknown>>): string {
  const { sha256: _, ...rest } = line;
  return sha256(canonicalJson(rest));
}

export type ExportPage = Page & {
  /** Only what is about all of these; omitted means all scopes. */
  readonly graph_nodes?: readonly string[];
};

/** Memories that ever took effect and were not purged, in order of id. */
export const exportPage = (
  store: Store,
  namespace: string,
  { graph_nodes, ...page }: ExportPage,
): Promise<PortableMemory[]> =>
  store.read(namespace, async reader => {
    const nodes = graph_nodes
      ? ({ match: 'named', allOf: normalise({ graph_nodes }).graph_nodes } as const)
      : ({ match: 'everything' } as const);
    const scope = { nodes, tags: [] };
    return (await pageMemories(reader, { ...page, statuses: TOOK_EFFECT, scope })).map(toPortable);
  });

/** A memory that took effect, as a line. */
export function toPortable({
  batch_id: _batch,
  hash: _hash,
  status,
  created_at,
  committed_at,
  valid_from,
  valid_to,
  ...rest
}: Memory): PortableMemory {
  const line = {
    ...rest,
    status: PortableMemory.shape.status.parse(status),
    graph_nodes: [...rest.graph_nodes],
    tags: [...rest.tags],
    source_refs: [...rest.source_refs],
    supersedes: [...rest.supersedes],
    created_at: formatTime(created_at),
    committed_at: timeOrNull(committed_at),
    valid_from: timeOrNull(valid_from),
    valid_to: timeOrNull(valid_to),
  };
  return { ...line, sha256: portableHash(line) };
}

/** The addition that makes a line's memory anew, as something imported. */
export function changeOf({ rationale, valid_from, valid_to, ...line }: PortableMemory): ProposedChange {
  const { type, content, graph_nodes, tags, importance, confidence, source_refs } = line;
  return {
    ...{ type, content, graph_nodes, tags, importance, confidence, source_refs },
    trust: 'import',
    ...(rationale !== null && { rationale }),
    ...(valid_from !== null && { valid_from }),
    ...(valid_to !== null && { valid_to }),
  };
}

const timeOrNull = (at: number | null): string | null => (at === null ? null : formatTime(at));
