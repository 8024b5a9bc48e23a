import { append } from '../ledger/ledger.js';
import { sealBody } from '../ledger/seal.js';
import { addPassages, summaryPiece } from '../passage/add.js';
import type { Sources } from '../sources.js';
import { insertBodies } from '../store/bodies.js';
import { sessionById } from '../store/sessions.js';
import type { Writer } from '../store/store.js';
import { endSummaries, insertSummary } from '../store/summaries.js';
import type { Summary } from './frontier.js';
import { streamOf } from './parts.js';

export type NewSummary = Pick<
  Summary,
  | 'id'
  | 'session_id'
  | 'level'
  | 'covers'
  | 'parents'
  | 'covered_tokens'
  | 'tokens'
  | 'tokenizer'
  | 'text'
  | 'by'
> & {
  /** The summary that this one stands in for from now on. */
  readonly replaces?: string;
};

/** Writes a summary: row, body and event. The caller's transaction makes it one with what it replaces. */
export async function addSummary(
  sources: Sources,
  writer: Writer,
  { replaces, ...node }: NewSummary,
): Promise<void> {
  const at = sources.now();
  const { id, session_id, text, by, covers, ...rest } = node;
  const body = sealBody(id, sources.newSalt(), { text, ...(by !== undefined && { by }) });
  const { text: _text, by: _by, ...summary } = summaryOf(node, at);
  await insertBodies(writer, [body]);
  const lists = { covers: JSON.stringify(covers), parents: JSON.stringify(rest.parents) };
  await insertSummary(writer, { ...summary, ...lists });
  if (replaces !== undefined) await endSummaries(writer, [replaces], at);
  await makeFindable(writer, { ...summary, text });
  await append(writer, sources, {
    stream: streamOf(session_id),
    type: 'SESSION_COMPACTED',
    at,
    payload: {
      summary_id: id,
      covers,
      ...rest,
      ...(replaces !== undefined && { ended: [replaces] }),
      bodies: { [id]: body.hash },
    },
  });
}

/** A new summary as it will be read. */
export const summaryOf = ({ replaces: _replaces, ...node }: NewSummary, created_at: number): Summary => ({
  ...node,
  first_sequence: node.covers[0]?.[0] ?? 0,
  last_sequence: node.covers.at(-1)?.[1] ?? 0,
  created_at,
  ended_at: null,
});

async function makeFindable(
  writer: Writer,
  {
    id,
    session_id,
    covers,
    created_at,
    text,
  }: Pick<Summary, 'id' | 'session_id' | 'covers' | 'created_at' | 'text'>,
): Promise<void> {
  const session = await sessionById(writer, session_id);
  if (!session) throw new Error(`A summary of ${session_id}, which there is not.`);
  const noun = {
    kind: 'summary',
    owner: id,
    scope: session.scope,
    session_id,
    run_id: null,
    created_at,
  } as const;
  await addPassages(writer, noun, [await summaryPiece(writer, { session_id, covers, text })]);
}
