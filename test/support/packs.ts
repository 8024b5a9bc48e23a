import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { eventHash, FIRST_PREVIOUS_HASH } from '../../src/ledger/seal.js';
import { unzip } from '../../src/pack/unzip.js';
import { zip } from '../../src/pack/zip.js';
import { canonicalJson, sha256, sha256Of } from '../../src/text/hash.js';
import type { Connection } from './connect.js';
import { connect, fixedSources } from './connect.js';
import { POSTGRES } from './engines.js';
import { temporaryFolder } from './mintmark.js';
import { openRun } from './runs.js';

/** Where the packs of a database lie. */
export const packsOf = (db: string): string =>
  `${POSTGRES ? `${process.env.XDG_DATA_HOME}/mintmark` : dirname(db)}/packs/default`;

/** Puts a pack among those of another database, as if it had been carried there. Returns its name. */
export function carry(path: string, db: string): string {
  mkdirSync(packsOf(db), { recursive: true });
  if (dirname(path) !== packsOf(db)) copyFileSync(path, `${packsOf(db)}/${basename(path)}`);
  return basename(path);
}

export type Server = Awaited<ReturnType<typeof connect>>;

export const limits = { maxBytes: 100_000_000, maxEntries: 10_000 };

/** The files of a pack as text, by name. */
export const filesOf = (path: string): Map<string, string> =>
  new Map(
    [...unzip(readFileSync(path), limits)].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
  );

/** Ids that no other database of the test gives: hexadecimal, as real ones are. */
export function sourcesOf(letter: string): ReturnType<typeof fixedSources> {
  const plain = fixedSources();
  return {
    ...plain,
    newId: prefix => plain.newId(prefix).replace('_0', `_${letter}`),
    newSalt: () => plain.newSalt().replace('0', letter),
  };
}

/** A server on a file of its own. */
export const serverIn = (db: string, letter: string, rest: Connection = {}): Promise<Server> =>
  connect({ db, sources: sourcesOf(letter), ...rest });

/** A server where packs are made, and another that knows nothing of it, to which `bring` carries one and imports it. */
export async function apart() {
  const [here, there] = [temporaryFolder(), temporaryFolder()];
  const first = await serverIn(here.file('a.db'), 'a');
  const second = await serverIn(there.file('b.db'), 'b');
  return {
    first,
    second,
    bring: (path: string) => second.call('pack_import', { path: carry(path, there.file('b.db')) }),
    async [Symbol.asyncDispose]() {
      for (const server of [second, first]) await server[Symbol.asyncDispose]();
      for (const folder of [there, here]) folder[Symbol.dispose]();
    },
  };
}

/** A run with a little of everything: patches, events, an eviction, an episode, a medallion, memories. Returns its id. */
export async function workedRun(server: Server): Promise<string> {
  const run_id = await openRun(server, { acceptance_criteria: ['tests are green'] });
  const sliding = {
    id: 's1',
    content: 'Tried SQLite first.',
    timestamp: '2026-01-01T00:00:00Z',
    priority: 3,
  };
  await server.call('working_set_patch', {
    run_id,
    expected_seq: 0,
    set: { status: 'BUSY', next_action: 'write the reader' },
    append: { sliding_context: [sliding] },
  });
  await server.call('run_record', {
    run_id,
    events: [
      { type: 'TOOL_CALL', payload: { tool_name: 'read', arguments: { path: 'ä 𝄞 \u2028' } } },
      { type: 'NOTE', payload: { text: 'half way', bodies: { mem_x: 'not the engine speaking' } } },
    ],
  });
  await server.call('memory_propose', { changes: [{ content: 'We ship on Fridays.' }], commit: true });
  await server.call('episode_seal', {
    run_id,
    reason: 'reader written',
    next_entry_point: 'write the writer',
  });
  await server.call('checkpoint', {
    session_summary: 'Wrote the reader; the writer is open.',
    high_level: 'A pack reader exists.',
    decisions: [{ statement: 'Use zip.', rationale: 'Everybody can read it.' }],
    open_questions: [{ question: 'Which compression?' }],
    run_id,
  });
  await server.call('working_set_patch', { run_id, expected_seq: 1, set: { last_action_summary: 'sealed' } });
  return run_id;
}

/** The same archive with some of its files changed, its manifest saying what they are now. Undefined removes one. */
export async function repacked(
  path: string,
  change: (files: Map<string, string>) => void,
  { keepManifest = false } = {},
): Promise<Uint8Array> {
  const files = filesOf(path);
  change(files);
  const text = files.get('manifest.json');
  if (text !== undefined && !keepManifest) files.set('manifest.json', relisted(text, files));
  return zip(new Map([...files].map(([name, content]) => [name, Buffer.from(content)])));
}

function relisted(text: string, files: ReadonlyMap<string, string>): string {
  const manifest = JSON.parse(text);
  const listed = manifest.files.map((file: { name: string }) => {
    const bytes = Buffer.from(files.get(file.name) ?? '');
    return { ...file, bytes: bytes.length, sha256: sha256Of(bytes) };
  });
  return `${canonicalJson({ ...manifest, files: listed })}\n`;
}

/** A file of JSON, or of JSON lines, with its values changed and written as packs write them. */
export function changeJson(
  files: Map<string, string>,
  name: string,
  change: (value: Changeable, index: number) => unknown,
): void {
  const lines = (files.get(name) ?? '').trimEnd().split('\n');
  files.set(name, lines.map((line, index) => `${canonicalJson(change(JSON.parse(line), index))}\n`).join(''));
}

export type Changeable = ReturnType<typeof JSON.parse>;

/** A ledger file's lines with a chain that fits them, as somebody would make it who wants them believed. */
export function rechained(text: string): { text: string; head: { sequence: number; hash: string } } {
  let previous = { sequence: 0, hash: FIRST_PREVIOUS_HASH };
  const lines = text
    .trimEnd()
    .split('\n')
    .map(line => {
      const { hash: _hash, ...rest } = JSON.parse(line);
      const body_hash = rest.salt === null ? rest.body_hash : sha256(rest.salt + canonicalJson(rest.body));
      const unsealed = { ...rest, body_hash, sequence: previous.sequence + 1, previous_hash: previous.hash };
      previous = { ...unsealed, hash: eventHash(unsealed) };
      return `${canonicalJson(previous)}\n`;
    });
  return { text: lines.join(''), head: { sequence: previous.sequence, hash: previous.hash } };
}
