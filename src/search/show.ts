import { type Opened, openNouns } from '../passage/read.js';
import { type Memory, TRUSTS } from '../schema/memory.js';
import type { Message } from '../schema/message.js';
import type { Scope } from '../schema/scope.js';
import { describeWritten } from '../scope.js';
import { findMemories } from '../store/memories.js';
import { passagesByNumber, type ReadPassage } from '../store/passage-text.js';
import type { Reader } from '../store/store.js';
import { formatTime } from '../text/time.js';
import type { Candidate } from './candidates.js';
import type { Shown } from './hit.js';
import type { Ranked } from './rank.js';

export type RankedCandidate = Ranked<Candidate>;

/** What was ranked with what its hits show, in the same order, without what was purged meanwhile. */
export async function shownFor(
  reader: Reader,
  ranked: readonly RankedCandidate[],
): Promise<{ readonly ranked: RankedCandidate; readonly shown: Shown }[]> {
  const memories = await memoriesFor(reader, ranked);
  const passages = await passagesFor(reader, ranked);
  return ranked.flatMap(one => {
    const shown = one.kind === 'memory' ? memories.get(one.id) : passages.get(one.number);
    return shown ? { ranked: one, shown } : [];
  });
}

async function memoriesFor(
  reader: Reader,
  ranked: readonly RankedCandidate[],
): Promise<ReadonlyMap<string, Shown>> {
  const wanted = new Map(ranked.flatMap(one => (one.kind === 'memory' ? [[one.id, one] as const] : [])));
  const memories = await findMemories(reader, [...wanted.keys()]);
  return new Map(
    memories.map(memory => {
      // As it was then: the row may have moved on since, or what replaced it was purged.
      const { status = memory.status, superseded_by } = wanted.get(memory.id) ?? {};
      const successor = superseded_by ? memory.superseded_by : null;
      return [memory.id, showMemory(memory, { status, superseded_by: successor })];
    }),
  );
}

const showMemory = (
  memory: Memory,
  { status, superseded_by }: Pick<Memory, 'status' | 'superseded_by'>,
): Shown => ({
  uri: `memory://${memory.id}`,
  kind: 'memory',
  text: memory.content,
  trust: memory.trust,
  fields: {
    type: memory.type,
    ...(status !== 'active' && { status }),
    ...(status === 'proposed' && { batch_id: memory.batch_id }),
    scope: describeWritten(memory),
    created_at: formatTime(memory.created_at),
    ...(superseded_by && { superseded_by }),
  },
});

async function passagesFor(
  reader: Reader,
  ranked: readonly RankedCandidate[],
): Promise<ReadonlyMap<number, Shown>> {
  const numbers = ranked.flatMap(one => (one.kind === 'memory' ? [] : one.number));
  if (numbers.length === 0) return new Map();
  const rows = await passagesByNumber(reader, numbers);
  const nouns = await openNouns(reader, rows);
  return new Map(
    rows.flatMap(row => {
      const noun = nouns.get(row.owner);
      return noun ? [[row.number, showPassage(row, noun)] as const] : [];
    }),
  );
}

function showPassage(row: ReadPassage, { content, pieces }: Opened): Shown {
  const { kind, owner, part, trust, outer_trust, first_line, last_line } = row;
  const scope: Scope = JSON.parse(row.scope_key);
  return {
    uri: `${kind}://${kind === 'medallion' && row.ended_at === null ? owner.replace(/\/v\/\d+$/, '') : owner}`,
    kind,
    text: pieces[part]?.text ?? '',
    trust: TRUSTS.findLast(one => one === trust || one === outer_trust) ?? trust,
    fields: {
      ...(kind === 'message' && messageFields(row, content)),
      ...(first_line !== null && { lines: `${first_line}-${last_line}` }),
      scope: describeWritten(scope),
      created_at: formatTime(row.created_at),
    },
  };
}

function messageFields({ session_id, sequence }: ReadPassage, content: string): Shown['fields'] {
  const { role, name, timestamp }: Pick<Message, 'role' | 'name' | 'timestamp'> = JSON.parse(content);
  return {
    role,
    ...(name !== undefined && { name }),
    ...(timestamp !== undefined && { timestamp }),
    session: `session://${session_id}`,
    ...(sequence !== null && { sequence }),
  };
}
