import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import type { EventType } from '../schema/event.js';
import type { Sources } from '../sources.js';
import { insertBodies } from '../store/bodies.js';
import { insertEvent, lastEvent } from '../store/events.js';
import { findReply, insertReply } from '../store/idempotency.js';
import type { Reader, Store, Writer } from '../store/store.js';
import { together } from '../store/together.js';
import { canonicalJson } from '../text/hash.js';
import { eventHash, eventOwner, FIRST_PREVIOUS_HASH, sealBody } from './seal.js';

export type NewEntry = {
  readonly stream: string;
  readonly type: EventType;
  readonly at: number;
  readonly payload: Record<string, unknown>;
};

/**
 * Appends an event to its stream within the transaction of the change it records.
 * Returns its sequence, from 1 without gaps.
 */
export async function append(
  writer: Writer,
  sources: Sources,
  { stream, type, at, payload }: NewEntry,
): Promise<number> {
  const last = await lastEvent(writer, stream);
  const sequence = (last?.sequence ?? 0) + 1;
  const body = sealBody(eventOwner(stream, sequence), sources.newSalt(), payload);
  const unsealed = {
    stream,
    sequence,
    type,
    at,
    body_hash: body.hash,
    previous_hash: last?.hash ?? FIRST_PREVIOUS_HASH,
  };
  await together([
    insertBodies(writer, [body]),
    insertEvent(writer, { ...unsealed, hash: eventHash(unsealed) }),
  ]);
  return sequence;
}

/** A reply, which says so when it is the stored one of an earlier call with the same idempotency key. */
export type Replayable<Reply> = Reply & { readonly replayed?: true };

/**
 * The one way to change anything: `decide` runs in a transaction, and its reply is stored in that same
 * transaction when the call carries an idempotency key. Throws `conflict` when the key was used with other arguments.
 */
export function transact<Reply extends object>(
  { store, sources }: { readonly store: Store; readonly sources: Sources },
  call: Call,
  decide: (writer: Writer) => Promise<Reply>,
): Promise<Replayable<Reply>> {
  return store.write(call.namespace, async writer => {
    const once = call.idempotency;
    if (!once) return decide(writer);
    const earlier = await findReply(writer, once.tool, once.key);
    if (earlier) return { ...replay<Reply>(earlier.reply), ...sameArguments(earlier.arguments_hash, once) };
    const reply = await decide(writer);
    await insertReply(writer, { ...once, reply: canonicalJson(reply), at: sources.now() });
    return reply;
  });
}

/** Whether a call is the repetition of one that was answered: what costs something before the transaction is left out then. */
export const isAnswered = (store: Store, call: Call): Promise<boolean> =>
  store.read(call.namespace, reader => hasReply(reader, call));

/** The same in a read that goes on. */
export const hasReply = async (reader: Reader, { idempotency: once }: Call): Promise<boolean> =>
  once !== undefined && (await findReply(reader, once.tool, once.key)) !== undefined;

function replay<Reply>(text: string): Reply {
  const reply: Reply = JSON.parse(text);
  return reply;
}

function sameArguments(argumentsHash: string, once: NonNullable<Call['idempotency']>): { replayed: true } {
  if (argumentsHash === once.argumentsHash) return { replayed: true };
  throw new EngineError(
    'conflict',
    `The idempotency_key "${once.key}" was used for another ${once.tool} call with other arguments.`,
    'Use a new key for a new call, or repeat the first call unchanged to get its reply.',
  );
}
