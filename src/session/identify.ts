import { EngineError } from '../errors.js';
import { visibleNamed } from '../store/messages.js';
import type { Reader } from '../store/store.js';
import { type Draft, openBody, saysTheSame } from './body.js';

type Identified = {
  readonly id: string;
  readonly index: number;
  readonly draft: Draft;
  readonly known: boolean;
};
type Identification = { readonly identified: readonly Identified[]; readonly conflicts: readonly string[] };
type Named = { readonly id: string; readonly said: Draft };

/** Which of some messages a session has already, by the ids of its client, or ours; without a session none. */
export async function identify(
  reader: Reader,
  sessionId: string | undefined,
  { drafts, newId }: { readonly drafts: readonly Draft[]; readonly newId: (index: number) => string },
): Promise<Identification> {
  const clientIds = drafts.flatMap(({ client_id }) => client_id ?? []);
  const named = await namedAlready(reader, sessionId, clientIds);
  const conflicts: string[] = [];
  const identified = drafts.map((draft, index): Identified => {
    const before = draft.client_id === undefined ? undefined : named.get(draft.client_id);
    if (before) {
      if (!saysTheSame(before.said, draft))
        conflicts.push(
          `messages[${index}]: the id ${JSON.stringify(draft.client_id)} is ${before.id}, which says something else`,
        );
      return { id: before.id, index, draft, known: true };
    }
    const id = newId(index);
    if (draft.client_id !== undefined) named.set(draft.client_id, { id, said: draft });
    return { id, index, draft, known: false };
  });
  return { identified, conflicts };
}

/** Throws `conflict`, which names every client id that came with another content before or twice in this call. */
export function demandSame({ identified, conflicts }: Identification): readonly Identified[] {
  if (conflicts.length === 0) return identified;
  throw new EngineError(
    'conflict',
    `Nothing was appended:\n${conflicts.map(conflict => `- ${conflict}`).join('\n')}`,
    'Messages are never changed: send what is new under a new id, or rewind to that message first.',
  );
}

/** A context that was built names messages by our ids, and may be sent as it is. */
const OURS = /^msg_[0-9a-f]{32}$/;

async function namedAlready(
  reader: Reader,
  sessionId: string | undefined,
  ids: readonly string[],
): Promise<Map<string, Named>> {
  const asked = { id: ids.filter(id => OURS.test(id)), client_id: ids } as const;
  const known = new Map<string, Named>();
  for (const by of ['id', 'client_id'] as const) {
    const names = asked[by];
    const found = sessionId && names.length > 0 ? await visibleNamed(reader, sessionId, { by, names }) : [];
    for (const { id, name, content } of found) known.set(name, { id, said: openBody(content) });
  }
  return known;
}
