import type { BlobBody } from '../blob/body.js';
import { describe, piecesOf } from '../blob/describe.js';
import { insertKept, keepForItself } from '../blob/keep.js';
import { shownText } from '../context/frontier.js';
import { costOf } from '../context/level3.js';
import { measureBy } from '../context/measure.js';
import type { Piece } from '../passage/piece.js';
import type { BlobLine } from '../schema/pack.js';
import { normalise } from '../scope.js';
import { budgetOf } from '../session/budget.js';
import { cleanMessages } from '../session/clean.js';
import { messageCounter } from '../session/count.js';
import { type Large, referring } from '../session/large.js';
import { streamOf } from '../session/parts.js';
import type { Placing } from '../session/place.js';
import { restoreSession } from '../session/restore.js';
import { runsFrom, within } from '../session/runs.js';
import { addSummary } from '../session/summarise.js';
import { blobBySha256 } from '../store/blobs.js';
import type { Writer } from '../store/store.js';
import { textOf } from '../text/packed.js';
import { type Redaction, redact } from '../text/redact.js';
import { renamed } from './aliases.js';
import { type Talk, type TalkMessage, talkOf } from './check-talks.js';
import type { PackContent } from './content.js';
import type { Parts } from './parts.js';

/** A blob that came along, as it will be stored. */
type ComingBlob = {
  readonly line: BlobLine;
  readonly id: string;
  readonly body: BlobBody;
  readonly pieces: readonly Piece[];
};

export type ComingTalks = {
  readonly talks: readonly { readonly talk: Talk; readonly placing: Placing }[];
  /** By the id each had. */
  readonly blobs: ReadonlyMap<string, ComingBlob>;
  readonly redactions: readonly Redaction[];
};

/** Sessions whose history is whole, and blobs, checked for secrets, counted, outlined and compressed before the transaction. */
export async function comingTalks(parts: Parts, content: PackContent): Promise<ComingTalks> {
  const redactions: Redaction[] = [];
  const blobs = new Map<string, ComingBlob>();
  for (const { line, data } of content.blobs) {
    const { name, mime, blob_id } = line;
    const clean = await redact({ name, text: textOf(data) }, parts.options.redact);
    redactions.push(...clean.redactions);
    const { text } = clean.value;
    const bytes = clean.redactions.length > 0 && text !== undefined ? Buffer.from(text) : data;
    const body = await describe({ name: clean.value.name, mime, text, bytes });
    blobs.set(blob_id, { line, id: parts.sources.newId('blob'), body, pieces: piecesOf(body) });
  }
  const talks: ComingTalks['talks'][number][] = [];
  for (const packed of content.talks) {
    const talk = talkOf(content, packed);
    if (!talk) continue;
    const clean = await cleanMessages(
      talk.messages.map(({ draft }) => draft),
      parts.options.redact,
    );
    const told = await redact(talk.summaries, parts.options.redact);
    redactions.push(...clean.redactions, ...told.redactions);
    const placing = await placingOf(parts, { talk, drafts: clean.drafts, blobs });
    talks.push({ talk: { ...talk, summaries: told.value }, placing });
  }
  return { talks, blobs, redactions };
}

type Counting = {
  readonly talk: Talk;
  readonly drafts: Placing['drafts'];
  readonly blobs: ReadonlyMap<string, ComingBlob>;
};

/** Counted anew: what a pack says of tokens nobody vouches for. */
async function placingOf({ options }: Parts, { talk, drafts, blobs }: Counting): Promise<Placing> {
  const counter = await messageCounter(budgetOf(options, talk));
  const large = talk.messages.map(message => largeOf(message, blobs));
  const { blobTokens } = options;
  const tokens = drafts.map((draft, index) =>
    counter.count(referring(draft, large[index] ?? [], { blobTokens, idOf: ({ id }) => id })),
  );
  return { drafts, large, tokens, counter };
}

/** Where a blob did not come along, the reference stays as it was written. */
const largeOf = ({ blobs: kept }: TalkMessage, blobs: ReadonlyMap<string, ComingBlob>): Large[] =>
  kept.flatMap(({ part, blob_id }) => {
    const blob = blobs.get(blob_id);
    return blob ? { part, id: blob.id, body: blob.body, pieces: blob.pieces } : [];
  });

export type PlacedTalks = {
  /** Local ids of sessions, messages, summaries and blobs by foreign ones. */
  readonly ids: ReadonlyMap<string, string>;
  readonly sessions: readonly string[];
};

type Writing = {
  readonly coming: ComingTalks;
  readonly content: PackContent;
  readonly importId: string;
  readonly sha256: string;
};

/** Writes sessions that go on here, their summaries, and the blobs; all by the rules of what is written here. */
export async function placeTalks(
  parts: Parts,
  writer: Writer,
  { coming, content, importId, sha256 }: Writing,
): Promise<PlacedTalks> {
  const ids = new Map<string, string>();
  const sessions: string[] = [];
  for (const { talk, placing } of coming.talks) {
    const { session_id, model, context_limit, max_output, messages } = talk;
    const scope = content.manifest.sessions.find(one => one.session_id === session_id);
    const restored = await restoreSession(parts, writer, {
      scope: normalise(scope ?? {}),
      settings: { trust: 'import', model, context_limit, max_output },
      placing,
      imported: {
        import_id: importId,
        sha256,
        session_id,
        ...content.manifest.heads[streamOf(session_id)],
      },
    });
    sessions.push(restored.id);
    ids.set(session_id, restored.id);
    for (const [index, { id }] of messages.entries()) ids.set(id, restored.message_ids[index] ?? '');
  }
  for (const [foreignId, blob] of coming.blobs)
    ids.set(foreignId, await placeBlob(parts, writer, { blob, ids }));
  for (const one of coming.talks) await placeSummaries(parts, writer, { ...one, ids });
  return { ids, sessions };
}

type OneBlob = { readonly blob: ComingBlob; readonly ids: ReadonlyMap<string, string> };

/** A blob that a message keeps is there already; so may be one with the same bytes. Returns its id. */
async function placeBlob(
  parts: Parts,
  writer: Writer,
  { blob: { line, ...blob }, ids }: OneBlob,
): Promise<string> {
  const known = await blobBySha256(writer, blob.body.sha256);
  if (known && !line.put) return known.id;
  const session_id = ids.get(line.session_id ?? '') ?? null;
  const stored = known ?? (await insertKept(parts, writer, { ...blob, scope: normalise(line), session_id }));
  await keepForItself(parts, writer, { id: stored.id, known: known !== undefined });
  return stored.id;
}

type Summaries = ComingTalks['talks'][number] & { readonly ids: Map<string, string> };

/** Numbered, counted and named as the messages here are. */
async function placeSummaries(
  { sources }: Parts,
  writer: Writer,
  { talk: { session_id, messages, summaries }, placing: { tokens, counter }, ids }: Summaries,
): Promise<void> {
  const measure = measureBy(counter);
  for (const { id: foreignId, level, covers, parents, text, by } of summaries) {
    const places = messages.flatMap(({ sequence }, index) => (within(covers, sequence) ? index : []));
    if (places.length === 0) continue;
    const id = sources.newId('sum');
    ids.set(foreignId, id);
    const node = {
      id,
      session_id: ids.get(session_id) ?? '',
      level,
      covers: runsFrom(places.map(index => index + 1)),
      parents: parents.flatMap(parent => ids.get(parent) ?? []),
      covered_tokens: places.reduce((sum, index) => sum + (tokens[index] ?? 0), 0),
      tokenizer: counter.tokenizer,
      text: renamed(text, ids),
      ...(by !== undefined && { by }),
    };
    await addSummary(sources, writer, { ...node, tokens: costOf(shownText(node), measure) });
  }
}
