import * as z from 'zod';
import { saltedHash } from '../ledger/seal.js';
import { isEventType } from '../schema/event.js';
import { KeptMessage } from '../schema/message.js';
import type { LedgerLine, MessageLine } from '../schema/pack.js';
import type { Draft } from '../session/body.js';
import { type FoldedSession, hiddenAt, step } from '../session/fold.js';
import { overlapping } from '../session/frontier.js';
import { checkMessage } from '../session/given.js';
import { streamOf } from '../session/parts.js';
import type { Runs } from '../session/runs.js';
import { canonicalJson, sha256Of } from '../text/hash.js';
import { badPack } from './bad-pack.js';
import { type PackContent, type PackedTalk, sealedLine } from './content.js';
import { parsed, parseJson } from './json.js';
import { namedBodies } from './named.js';

/** A message of a pack that is not hidden, with the number it has there. */
export type TalkMessage = {
  readonly id: string;
  readonly sequence: number;
  readonly draft: Draft;
  readonly blobs: NonNullable<Draft['blobs']>;
};

/** A summary of a pack that stands. */
export type TalkSummary = z.output<typeof Standing> & z.output<typeof Said> & { readonly id: string };

/** A session of a pack as its whole history gives it. */
export type Talk = {
  readonly session_id: string;
  readonly model: string | null;
  readonly context_limit: number | null;
  readonly max_output: number | null;
  readonly messages: readonly TalkMessage[];
  /** In the order they were made. */
  readonly summaries: readonly TalkSummary[];
};

/** Throws `invalid` unless sessions and blobs of a pack are as their streams say. */
export function checkTalks(content: PackContent): void {
  for (const talk of content.talks) {
    checkLines(talk, linesOf(content, talk));
    talkOf(content, talk);
  }
  const ids = content.blobs.flatMap(({ line }) => [line.blob_id, line.sha256]);
  if (new Set(ids).size !== ids.length) throw badPack('a blob is there twice');
  for (const { line, data } of content.blobs) {
    const { line_sha256, ...said } = line;
    const sound = line.bytes === data.length && line.sha256 === sha256Of(data);
    if (!sound || sealedLine(said).line_sha256 !== line_sha256)
      throw badPack(`the blob ${line.blob_id} was altered: its SHA-256 differs`);
  }
}

const linesOf = ({ streams }: PackContent, { session_id }: PackedTalk): readonly LedgerLine[] =>
  streams.get(streamOf(session_id)) ?? [];

/** Messages and summaries are those that the session's own events name: all of them, and no others. */
function checkLines({ session_id, messages, summaries }: PackedTalk, lines: readonly LedgerLine[]): void {
  const { hashes, partial } = namedBodies([lines]);
  for (const message of messages) checkMessageLine(message);
  const found = new Map([...messages, ...summaries].map(({ owner, hash }) => [owner, hash]));
  const stranger = [...found].find(([owner, hash]) => (hashes.get(owner) ?? (partial ? hash : '')) !== hash);
  if (stranger) throw badPack(`no event of ${session_id} names ${stranger[0]} with this hash`);
  const missing = [...hashes.keys()].find(owner => !found.has(owner));
  if (missing !== undefined) throw badPack(`${missing} of ${session_id} is missing`);
  const misplaced =
    messages.find(({ owner }) => !/^msg_[0-9a-f]{32}$/.test(owner)) ??
    summaries.find(({ owner }) => !/^sum_[0-9a-f]{32}$/.test(owner));
  if (misplaced) throw badPack(`${misplaced.owner} is in a file of another kind`);
}

function checkMessageLine({ owner, hash, salt, content }: MessageLine): void {
  if ((salt === null) !== (content === null))
    throw badPack(`${owner} has a body or a salt without the other`);
  if (salt !== null && content !== null && saltedHash(salt, content) !== hash)
    throw badPack(`the body of ${owner} was altered: its hash differs`);
}

/** The session as its history gives it; undefined where only hashes of the history came along. */
export function talkOf(content: PackContent, talk: PackedTalk): Talk | undefined {
  const lines = linesOf(content, talk);
  if (lines.some(({ body }) => body === null)) return undefined;
  const { session_id } = talk;
  const folded = foldTalk(session_id, lines);
  const { row } = folded;
  const said = content.manifest.sessions.find(one => one.session_id === session_id);
  if (row.scope_key !== canonicalJson({ graph_nodes: said?.graph_nodes, tags: said?.tags }))
    throw badPack(`the scope of ${session_id} is not what its history gives`);
  const { model, context_limit, max_output } = parsed(Settings, row, `the history of ${session_id}`);
  const messages = messagesIn(talk, folded);
  return { session_id, model, context_limit, max_output, messages, summaries: summariesIn(talk, folded) };
}

const Settings = z.object({
  model: z.string().min(1).max(200).nullable(),
  context_limit: z.int().min(1000).max(100_000_000).nullable(),
  max_output: z.int().min(1).max(10_000_000).nullable(),
});

/** Hashes say nothing of sense: a history somebody made up may hold anything. */
function foldTalk(id: string, lines: readonly LedgerLine[]): FoldedSession {
  let session: FoldedSession | undefined;
  try {
    for (const { sequence, type, at, body } of lines)
      if (isEventType(type))
        session = step(session, id, { sequence, type, at, content: canonicalJson(body) });
  } catch (error) {
    throw badPack(`the history of ${id} makes no sense`, error);
  }
  if (!session) throw badPack(`the history of ${id} opens no session`);
  return session;
}

/** In order of number, without those whose bodies were left out; what the history erased may not be there. */
function messagesIn({ messages, session_id }: PackedTalk, folded: FoldedSession): TalkMessage[] {
  const visible = messages.flatMap(({ owner, content }) => {
    const event = folded.messages.get(owner);
    if (content === null) return [];
    if (event === undefined) throw badPack(`${owner} was erased in the history of ${session_id}`);
    const message = messageOf(owner, content);
    const came = folded.appended.get(event);
    if (!came || message.sequence < came.first || message.sequence > came.last)
      throw badPack(`the number of ${owner} is not of the event that brought it`);
    return hiddenAt(folded, message.sequence, event) === null ? message : [];
  });
  demandUnlike(visible.map(({ sequence }) => sequence));
  demandUnlike(visible.flatMap(({ draft }) => draft.client_id ?? []));
  return visible.sort((left, right) => left.sequence - right.sequence);
}

function demandUnlike(names: readonly (string | number)[]): void {
  const seen = new Set<string | number>();
  const twice = names.find(name => seen.has(name) || !seen.add(name));
  if (twice !== undefined) throw badPack(`two messages are ${JSON.stringify(twice)}`);
}

/** A message as an append would check it. */
function messageOf(id: string, content: string): TalkMessage {
  const value = parseJson(content, id);
  const {
    sequence,
    blobs = [],
    client_id,
    tokens: _,
    tokenizer: __,
    ...said
  } = parsed(KeptMessage, value, id);
  const raw: Readonly<Record<string, unknown>> = parsed(z.record(z.string(), z.unknown()), value, id);
  const given = { ...said, parts: raw.parts, ...(raw.metadata !== undefined && { metadata: raw.metadata }) };
  // Its length was checked as it was given; here the size of the pack bounds it.
  const most = Number.POSITIVE_INFINITY;
  const checked = checkMessage({ ...given, ...(client_id !== undefined && { id: client_id }) }, id, { most });
  if ('problems' in checked) throw badPack(checked.problems.join('; '));
  return { id, sequence, blobs, draft: checked.draft };
}

const Said = z.object({ text: z.string(), by: z.string().optional() });

const Standing = z.object({
  level: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  covers: z.array(z.tuple([z.int().min(1), z.int().min(1)])).min(1),
  parents: z.array(z.string()),
});

function summariesIn({ summaries, session_id }: PackedTalk, folded: FoldedSession): TalkSummary[] {
  const texts = new Map(summaries.map(({ owner, body }) => [owner, body]));
  const standing = [...folded.summaries.values()].filter(({ ended_at }) => ended_at === null);
  const found = standing.flatMap(({ id, level, covers, parents }) => {
    const body = texts.get(id);
    if (!body) return [];
    const lists = { level, covers: parseJson(covers, id), parents: parseJson(parents, id) };
    return { ...parsed(Standing, lists, id), ...parsed(Said, body, id), id };
  });
  if (overlapping(found) !== undefined)
    throw badPack(`two summaries of ${session_id} cover the same message`);
  demandRising(
    found.map(({ covers }) => covers),
    session_id,
  );
  return found;
}

function demandRising(lists: readonly Runs[], sessionId: string): void {
  const wrong = lists.some(runs =>
    runs.some(([first, last], at) => last < first || first <= (runs[at - 1]?.[1] ?? 0)),
  );
  if (wrong) throw badPack(`a summary of ${sessionId} covers its messages out of order`);
}
