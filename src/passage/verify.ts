import type { Scope } from '../schema/scope.js';
import { normalise } from '../scope.js';
import { REBUILD } from '../store/differences.js';
import { allMessages } from '../store/messages.js';
import {
  type NounKind,
  type NounRow,
  pageNouns,
  passagesOf,
  type StoredPassage,
  strayPassages,
} from '../store/passage-rows.js';
import { allSessions } from '../store/sessions.js';
import type { Finding, Reader } from '../store/store.js';
import { canonicalJson } from '../text/hash.js';
import { scopeTokens } from '../text/scope-tokens.js';
import { rowOf, summaryPiece } from './add.js';
import { indexedText } from './index-text.js';
import { type Linked, link, type NewMessage } from './messages.js';
import { type Piece, piecesOf } from './piece.js';

const PAGE = 500;
export const NOUN_KINDS = ['medallion', 'episode', 'summary', 'blob'] as const satisfies NounKind[];

/** Compares every passage with what the body of its noun says it must be. Returns what differs. */
export async function verifyPassages(reader: Reader): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const kind of NOUN_KINDS) findings.push(...(await verifyNouns(reader, kind)));
  for (const { id, scope_key } of await allSessions(reader))
    findings.push(...(await verifyMessages(reader, id, scope_key ?? 'null')));
  const strays = await strayPassages(reader);
  return [...findings, ...strays.map(({ name }) => finding(`${name} is indexed and is not there`))];
}

async function verifyNouns(reader: Reader, kind: NounKind): Promise<Finding[]> {
  const findings: Finding[] = [];
  const limit = kind === 'blob' ? 20 : PAGE;
  for (let after = ''; ; ) {
    const nouns = await pageNouns(reader, kind, { after, limit, missing: false });
    const expected: StoredPassage[] = [];
    for (const noun of nouns) expected.push(...(await expectedOf(reader, noun)));
    const owners = nouns.map(({ owner }) => owner);
    findings.push(...compare(expected, await passagesOf(reader, owners)));
    const last = nouns.at(-1);
    if (!last) return findings;
    after = last.owner;
  }
}

async function expectedOf(reader: Reader, noun: NounRow): Promise<StoredPassage[]> {
  const { scope_key } = noun;
  const scope = scopeOf(scope_key);
  const pieces = await piecesOfNoun(reader, noun);
  return pieces.map((piece, part) => ({
    ...rowOf(noun, piece, part),
    scope_key,
    ...indexedText(piece, scope),
  }));
}

/** What there is to find of a noun that is no message. */
export async function piecesOfNoun(
  reader: Reader,
  { kind, content, covers, session_id }: NounRow,
): Promise<readonly Piece[]> {
  const pieces = piecesOf(kind, content);
  const [only] = pieces;
  if (kind !== 'summary' || !only || covers === null) return pieces;
  const runs: [number, number][] = JSON.parse(covers);
  return [await summaryPiece(reader, { session_id: session_id ?? '', covers: runs, text: only.text })];
}

export const scopeOf = (key: string): Scope => normalise(JSON.parse(key) ?? {});

async function verifyMessages(reader: Reader, sessionId: string, scope_key: string): Promise<Finding[]> {
  const messages: NewMessage[] = [];
  for await (const { content, ...row } of allMessages(reader, sessionId))
    if (content !== null) messages.push(opened(content, row));
  const scope = scopeTokens(scopeOf(scope_key).graph_nodes).join(' ');
  const expected = [...link(messages)].map(linked =>
    expectedMessage(linked, sessionId, { scope, scope_key }),
  );
  const findings: Finding[] = [];
  for (let at = 0; at < expected.length; at += PAGE) {
    const page = expected.slice(at, at + PAGE);
    const stored = await passagesOf(
      reader,
      page.map(({ owner }) => owner),
    );
    findings.push(...compare(page, stored));
  }
  return findings;
}

/** A message as its body and its row have it. */
export function opened(
  content: string,
  { id, sequence, created_at, hidden_at }: Omit<NewMessage, 'role' | 'name' | 'parts'>,
): NewMessage {
  const { role, name, parts }: Pick<NewMessage, 'role' | 'name' | 'parts'> = JSON.parse(content);
  return { role, name, parts, id, sequence, created_at, hidden_at };
}

const expectedMessage = (
  { message: { id, sequence, created_at, hidden_at }, piece, own, before, after }: Linked,
  session_id: string,
  scope: { readonly scope: string; readonly scope_key: string },
): StoredPassage => {
  const noun = {
    kind: 'message',
    owner: id,
    session_id,
    run_id: null,
    created_at,
    ended_at: hidden_at,
  } as const;
  return { ...rowOf(noun, piece, 0), sequence, own, before, after, ...scope };
};

function compare(expected: readonly StoredPassage[], stored: readonly StoredPassage[]): Finding[] {
  const key = ({ owner, part }: StoredPassage) => `${owner} ${part}`;
  const found = new Map(stored.map(row => [key(row), row]));
  const findings = expected.flatMap(row => {
    const there = found.get(key(row));
    found.delete(key(row));
    if (!there) return finding(`${row.owner} is not indexed`, BUILD);
    return canonicalJson(there) === canonicalJson(row)
      ? []
      : finding(`${row.owner} is indexed otherwise than a rebuild would`);
  });
  return [...findings, ...[...found.values()].map(({ owner }) => finding(`${owner} has a part too many`))];
}

const BUILD = 'Run `mintmark maintain`, which indexes what an earlier version left.';
const finding = (found: string, advice = REBUILD): Finding => ({ check: 'passage', found, advice });
