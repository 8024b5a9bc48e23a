import { deletePassages, endPassages } from './passages.js';
import { anyOf, type Sql, sql } from './sql.js';
import type { Reader, Writer } from './store.js';

/** A summary as its row holds it; its text lies in the body of the same id. Times are Unix milliseconds. */
export type SummaryRow = {
  readonly id: string;
  readonly session_id: string;
  /** 1 and 2: written by somebody; 3: made without a model. */
  readonly level: 1 | 2 | 3;
  readonly first_sequence: number;
  readonly last_sequence: number;
  /** JSON of the runs of message numbers under it, `[[first, last], …]`. */
  readonly covers: string;
  /** JSON of the ids of the summaries it was condensed from. */
  readonly parents: string;
  /** Of the messages under it, and of the message that shows it. */
  readonly covered_tokens: number;
  readonly tokens: number;
  readonly tokenizer: string;
  readonly created_at: number;
  /** When a better one replaced it, or what is under it was rewound. */
  readonly ended_at: number | null;
};

export type StoredSummary = SummaryRow & { readonly content: string };

export async function insertSummary(writer: Writer, row: SummaryRow): Promise<void> {
  await writer.run(sql`
    insert into summary (namespace, id, session_id, level, first_sequence, last_sequence, covers, parents, covered_tokens, tokens,
      tokenizer, created_at, ended_at)
    values (${writer.namespace}, ${row.id}, ${row.session_id}, ${row.level}, ${row.first_sequence}, ${row.last_sequence},
      ${row.covers}, ${row.parents}, ${row.covered_tokens}, ${row.tokens}, ${row.tokenizer}, ${row.created_at}, ${row.ended_at})`);
}

export async function endSummaries(writer: Writer, ids: readonly string[], at: number): Promise<void> {
  await writer.run(sql`
    update summary set ended_at = ${at}
    where namespace = ${writer.namespace} and id in ${anyOf(ids)} and ended_at is null`);
  await endPassages(writer, ids, at);
}

/** Their bodies have to be purged already. */
export async function deleteSummaries(writer: Writer, ids: readonly string[]): Promise<void> {
  await deletePassages(writer, ids);
  await writer.run(sql`delete from summary where namespace = ${writer.namespace} and id in ${anyOf(ids)}`);
}

/** Those of a session, ended or not, in the order they were made. */
export const summariesOf = (reader: Reader, sessionId: string): Promise<SummaryRow[]> =>
  reader.all(
    sql`select ${COLUMNS} from summary where namespace = ${reader.namespace} and session_id = ${sessionId} order by id`,
  );

/** Those of a session that are neither replaced nor rewound. */
export const activeSummaries = (reader: Reader, sessionId: string): Promise<StoredSummary[]> =>
  reader.all(sql`
    select ${WITH_TEXT}
    where summary.namespace = ${reader.namespace} and session_id = ${sessionId} and ended_at is null
    order by last_sequence, id`);

/** Those of these that no other one of them was made from: few, where a long session has thousands that stand. */
export const outermostSummaries = (reader: Reader, sessionId: string): Promise<StoredSummary[]> =>
  reader.all(sql`
    select ${WITH_TEXT}
    where summary.namespace = ${reader.namespace} and session_id = ${sessionId} and ended_at is null and id not in (
      select part.value from summary above cross join ${reader.dialect.pieces.jsonList(sql`above.parents`)}
      where above.namespace = ${reader.namespace} and above.session_id = ${sessionId} and above.ended_at is null
        and above.parents <> '[]')
    order by last_sequence, id`);

export const summaryById = (reader: Reader, id: string): Promise<StoredSummary | undefined> =>
  reader.get(sql`select ${WITH_TEXT} where summary.namespace = ${reader.namespace} and id = ${id}`);

/** How many were ever made and are still there, and the tokens that the outermost of those that stand take less than all under them. */
export async function summaryTotals(
  reader: Reader,
): Promise<{ readonly made: number; readonly saved: number }> {
  const { namespace } = reader;
  const row = await reader.get<{ made: number; saved: number }>(sql`
    select count(*) as made, coalesce(sum(case when ended_at is null and not exists (
      select 1 from summary above where above.namespace = ${namespace} and above.session_id = summary.session_id
        and above.ended_at is null and above.id <> summary.id and above.covered_tokens > summary.covered_tokens
        and above.first_sequence <= summary.first_sequence and above.last_sequence >= summary.last_sequence)
      then covered_tokens - tokens else 0 end), 0) as saved
    from summary where namespace = ${namespace}`);
  return row ?? { made: 0, saved: 0 };
}

/** Every summary, for verification. */
export const allSummaries = (reader: Reader): Promise<SummaryRow[]> =>
  reader.all(sql`select ${COLUMNS} from summary where namespace = ${reader.namespace}`);

const COLUMNS: Sql = sql`id, session_id, level, first_sequence, last_sequence, covers, parents, covered_tokens, tokens, tokenizer,
  created_at, ended_at`;
const WITH_TEXT: Sql = sql`${COLUMNS}, body.content
  from summary join body on body.namespace = summary.namespace and body.owner = summary.id`;
