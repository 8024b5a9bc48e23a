import { anyOf, sql } from './sql.js';
import type { Reader, Writer } from './store.js';

/** Who has a model at work on something, or has to wait with it. Times are Unix milliseconds. */
export type WriterClaim = {
  /** The id of a session or of a summary. */
  readonly subject: string;
  /** How often a model was asked about it since it last wrote something useful. */
  readonly attempts: number;
  /** Nobody asks before. */
  readonly until: number;
  /** 1 while a model is being asked, 0 while the next attempt is put off. */
  readonly at_work: 0 | 1;
};

export const claimsOf = (reader: Reader, subjects: readonly string[]): Promise<WriterClaim[]> =>
  reader.all(sql`
    select subject, attempts, until, at_work from writer_claim
    where namespace = ${reader.namespace} and subject in ${anyOf(subjects)}`);

export async function putClaim(writer: Writer, claim: WriterClaim): Promise<void> {
  const { subject, attempts, until, at_work } = claim;
  await writer.run(sql`
    insert into writer_claim (namespace, subject, attempts, until, at_work)
    values (${writer.namespace}, ${subject}, ${attempts}, ${until}, ${at_work})
    on conflict (namespace, subject) do update
    set attempts = excluded.attempts, until = excluded.until, at_work = excluded.at_work`);
}

export async function dropClaims(writer: Writer, subjects: readonly string[]): Promise<void> {
  await writer.run(
    sql`delete from writer_claim where namespace = ${writer.namespace} and subject in ${anyOf(subjects)}`,
  );
}

/** Counts a call of a model, and forgets those before a time. */
export async function addCall(
  writer: Writer,
  { at, forget }: { readonly at: number; readonly forget: number },
): Promise<void> {
  await writer.run(sql`delete from writer_call where namespace = ${writer.namespace} and at <= ${forget}`);
  await writer.run(sql`insert into writer_call (namespace, at) values (${writer.namespace}, ${at})`);
}

export const callsSince = (reader: Reader, at: number): Promise<number> =>
  reader.count(
    sql`select count(*) as count from writer_call where namespace = ${reader.namespace} and at > ${at}`,
  );
