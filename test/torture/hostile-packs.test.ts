import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPack } from '../../src/pack/read-pack.js';
import { renderPack } from '../../src/pack/render.js';
import { unzip } from '../../src/pack/unzip.js';
import { sha256 } from '../../src/text/hash.js';
import { outcomeOf, randomFrom, seedOfRun, startMintmark, temporaryFolder } from '../support/mintmark.js';
import {
  type Changeable,
  changeJson,
  filesOf,
  limits,
  packsOf,
  rechained,
  repacked,
  type Server,
  serverIn,
  workedRun,
} from '../support/packs.js';
import { hostileZips, makeZip } from '../support/zips.js';

const MUTATIONS = Number(process.env.MINTMARK_MUTATIONS ?? 500);

const here = temporaryFolder();
const there = temporaryFolder();
let second: Server;
let sound = '';

beforeAll(async () => {
  const options = { blobTokens: 500, contextLimit: 1000, maxOutput: 100 };
  await using first = await serverIn(here.file('a.db'), 'a', { options });
  const run_id = await workedRun(first);
  await talkedOver(first, run_id);
  const include = ['memories', 'evidence', 'sessions'];
  sound = (await first.call('pack_export', { run_id, include })).path;
  // A limit that the bombs pass and the sound pack does not.
  second = await serverIn(there.file('b.db'), 'b', { options: { packMaxBytes: 150_000 } });
  await workedRun(second);
});
/** A conversation of the run with a call, a blob and a summary. */
async function talkedOver(server: Server, external_id: string): Promise<void> {
  const say = (at: number) => ({ id: `m${at}`, role: 'user', content: `${at} ${'and on '.repeat(40)}` });
  const call = { type: 'tool_call', call_id: 'c1', name: 'read', arguments: { path: 'a.txt' } };
  const result = { type: 'tool_result', call_id: 'c1', output: 'A line of a file.\n'.repeat(300) };
  const messages = [say(1), { role: 'assistant', parts: [call] }, { role: 'tool', parts: [result] }];
  await server.call('session_append', { external_id, create: true, messages });
  for (let at = 2; at < 20; at += 6)
    await server.call('session_append', {
      external_id,
      messages: Array.from({ length: 6 }, (_, more) => say(at + more)),
    });
}

afterAll(async () => {
  await second[Symbol.asyncDispose]();
  here[Symbol.dispose]();
  there[Symbol.dispose]();
});

/** All that an import would change. */
const stateOf = async (server: Server) => ({
  counts: (await server.call('status')).counts,
  ledger: (await server.engine.verify({ deep: false })).ledger,
});

/** What a client is told of an archive. */
async function refusal(archive: Uint8Array): Promise<string> {
  const packs = packsOf(there.file('b.db'));
  mkdirSync(packs, { recursive: true });
  writeFileSync(`${packs}/hostile.zip`, archive);
  return second.call('pack_import', { path: 'hostile.zip' }).then(
    reply => `imported ${JSON.stringify(reply)}`,
    error => error.message,
  );
}

async function demandRefused(archive: Uint8Array, says: RegExp): Promise<void> {
  const before = await stateOf(second);
  const told = await refusal(archive);
  expect(told).toMatch(/^(?:invalid|too_large|upgrade_needed): Nothing was imported/);
  expect(told).toMatch(says);
  expect(await stateOf(second)).toEqual(before);
}

const ledgerName = (files: ReadonlyMap<string, string>, first = 'RUN_START'): string =>
  [...files].find(([name, text]) => name.startsWith('ledger/') && text.includes(`"${first}"`))?.[0] ?? '';
const fileBelow = (files: ReadonlyMap<string, string>, folder: string): string =>
  [...files.keys()].find(name => name.startsWith(folder)) ?? '';

/** Changes the events of the run, or of another stream, and makes chain and manifest fit them again. */
function forge(files: Map<string, string>, change: (line: Changeable) => unknown, first = 'RUN_START'): void {
  const name = ledgerName(files, first);
  const kind = first === 'RUN_START' ? 'run:' : 'session:';
  changeJson(files, name, change);
  const { text, head } = rechained(files.get(name) ?? '');
  files.set(name, text);
  changeJson(files, 'manifest.json', manifest => {
    const stream = Object.keys(manifest.heads).find(one => one.startsWith(kind)) ?? '';
    return { ...manifest, heads: { ...manifest.heads, [stream]: head } };
  });
}

/** Changes the first message of the session and makes all that names it fit again, as somebody would who wants to be believed. */
function forgeMessage(files: Map<string, string>, change: (message: Changeable) => unknown, at = 0): void {
  const name = fileBelow(files, 'messages/');
  let owner = '';
  let hash = '';
  changeJson(files, name, (line, index) => {
    if (index !== at) return line;
    owner = line.owner;
    const content = JSON.stringify(change(JSON.parse(line.content)));
    hash = sha256(line.salt + content);
    return { ...line, content, hash };
  });
  const renamed = (line: Changeable) =>
    line.body.bodies?.[owner]
      ? { ...line, body: { ...line.body, bodies: { ...line.body.bodies, [owner]: hash } } }
      : line;
  forge(files, renamed, 'SESSION_OPENED');
}

const inMessages = (change: (line: Changeable, index: number) => unknown) => (files: Map<string, string>) =>
  changeJson(files, fileBelow(files, 'messages/'), change);
const inBlobs = (change: (line: Changeable) => unknown) => (files: Map<string, string>) =>
  changeJson(files, 'blobs.jsonl', change);
const said = (change: (message: Changeable) => unknown) => (files: Map<string, string>) =>
  forgeMessage(files, change);
const compacted = (body: object) => (files: Map<string, string>) =>
  forge(
    files,
    line => (line.type === 'SESSION_COMPACTED' ? { ...line, body: { ...line.body, ...body } } : line),
    'SESSION_OPENED',
  );
/** A file's line that is taken out. */
const without = (folder: string, at: number) => (files: Map<string, string>) =>
  files.set(
    fileBelow(files, folder),
    `${(files.get(fileBelow(files, folder)) ?? '').trimEnd().split('\n').toSpliced(at, 1).join('\n')}\n`,
  );

type Hostile = readonly [
  kind: string,
  says: RegExp,
  change: (files: Map<string, string>) => void,
  options?: { readonly keepManifest: true },
];

const manifestWith = (fields: object) => (files: Map<string, string>) =>
  changeJson(files, 'manifest.json', manifest => ({ ...manifest, ...fields }));
const inLedger = (change: (line: Changeable, index: number) => unknown) => (files: Map<string, string>) =>
  changeJson(files, ledgerName(files), change);

const altered: readonly Hostile[] = [
  ['a version nobody knows', /version 2/, manifestWith({ version: 2 })],
  ['a version that is text', /version "1"/, manifestWith({ version: '1' })],
  ['another format', /another format/, manifestWith({ format: 'other' })],
  ['a manifest with more fields', /fit its schema/, manifestWith({ extra: 1 })],
  ['a kind nobody knows', /fit its schema/, manifestWith({ kind: 'all' })],
  [
    'a manifest that is not JSON',
    /not JSON/,
    files => files.set('manifest.json', '{'),
    { keepManifest: true },
  ],
  [
    'a manifest written otherwise',
    /RFC 8785/,
    files => files.set('manifest.json', ` ${files.get('manifest.json')}`),
    { keepManifest: true },
  ],
  ['a file that is missing', /missing/, files => files.delete('working_set.json')],
  ['a file too many', /not in manifest/, files => files.set('evil.json', '{}\n')],
  ['an origin that is missing', /missing/, manifestWith({ origins: ['a'.repeat(64)] })],
  ['no streams', /not name/, manifestWith({ heads: {} })],
  [
    'a head of nothing',
    /does not end/,
    manifestWith({ heads: { x: { sequence: 1, hash: 'a'.repeat(64) } } }),
  ],
  ['no runs', /belong|without its run|written/, manifestWith({ runs: [] })],
  ['another scope', /scope/, manifestWith({ scope: { graph_nodes: ['repo:evil'], tags: [] } })],
  [
    'an altered event body',
    /body of event/,
    inLedger(line => ({ ...line, body: { ...line.body, evil: 1 } })),
  ],
  ['an altered time', /hash differs/, inLedger(line => ({ ...line, at: line.at + 1 }))],
  ['an altered type', /hash differs/, inLedger(line => ({ ...line, type: 'NOTE' }))],
  ['another salt', /body of event/, inLedger(line => ({ ...line, salt: `${line.salt}0` }))],
  ['a salt without a body', /without the other/, inLedger(line => ({ ...line, body: null }))],
  ['a body without a salt', /without the other/, inLedger(line => ({ ...line, salt: null }))],
  ['a body that is a list', /fit its schema/, inLedger(line => ({ ...line, body: [] }))],
  ['a stream name with a NUL', /fit its schema/, inLedger(line => ({ ...line, stream: 'run:\0' }))],
  [
    'a gap',
    /follows|does not end/,
    inLedger((line, index) => ({ ...line, sequence: index < 2 ? line.sequence : index + 9 })),
  ],
  [
    'two streams in a file',
    /more than one/,
    inLedger((line, index) => ({ ...line, stream: `run:${index}` })),
  ],
  ['an empty stream', /is empty/, files => files.set(ledgerName(files), '')],
  [
    'an event that is gone',
    /follows|does not continue/,
    files =>
      files.set(
        ledgerName(files),
        (files.get(ledgerName(files)) ?? '').split('\n').toSpliced(2, 1).join('\n'),
      ),
  ],
  [
    'an end that is cut off',
    /does not end/,
    files =>
      files.set(
        ledgerName(files),
        (files.get(ledgerName(files)) ?? '').split('\n').slice(0, 3).join('\n').concat('\n'),
      ),
  ],
  [
    'another working set than its history gives',
    /not what its history gives/,
    files => changeJson(files, 'working_set.json', set => ({ ...set, next_action: 'delete everything' })),
  ],
  [
    'the working set of another run',
    /is that of/,
    files => changeJson(files, 'working_set.json', set => ({ ...set, run_id: 'run_other' })),
  ],
  [
    'a working set with more fields',
    /fit its schema/,
    files => changeJson(files, 'working_set.json', set => ({ ...set, evil: 1 })),
  ],
  [
    'a forged history whose state differs',
    /not what its history gives/,
    files => forge(files, line => (line.body.working_set ? forgedStart(line) : line)),
  ],
  [
    'a forged history that makes no sense',
    /makes no sense|not what its history gives/,
    files => forge(files, line => (line.type === 'RUN_START' ? { ...line, body: { working_set: 7 } } : line)),
  ],
  [
    'a forged history that names other bodies',
    /no event of its streams names/,
    files =>
      forge(files, line => (line.body.bodies ? { ...line, body: { ...line.body, bodies: {} } } : line)),
  ],
  [
    'bodies that only an agent names',
    /no event of its streams names/,
    files => forge(files, line => (line.type === 'MILESTONE' ? { ...line, type: 'NOTE' } : line)),
  ],
  [
    'an altered episode',
    /hash differs/,
    files =>
      changeJson(files, fileBelow(files, 'episodes/'), one => ({
        ...one,
        body: { ...one.body, summary: 'x' },
      })),
  ],
  [
    'an episode that is none',
    /fit its schema/,
    files => changeJson(files, fileBelow(files, 'episodes/'), one => ({ ...one, body: { evil: 1 } })),
  ],
  [
    'an episode with another hash',
    /hash differs|names/,
    files => changeJson(files, fileBelow(files, 'episodes/'), one => ({ ...one, hash: 'a'.repeat(64) })),
  ],
  [
    'an episode that pretends to be an event',
    /no event of its streams|is no episode/,
    files => changeJson(files, fileBelow(files, 'episodes/'), one => ({ ...one, owner: 'event:run:x:1' })),
  ],
  [
    'an altered medallion',
    /hash differs/,
    files =>
      changeJson(files, fileBelow(files, 'medallions/'), one => ({
        ...one,
        versions: one.versions.map((version: Changeable) => ({
          ...version,
          body: { ...version.body, decisions: [] },
        })),
      })),
  ],
  [
    'a medallion under another name',
    /written|stream without|lies in the file/,
    files =>
      changeJson(files, fileBelow(files, 'medallions/'), one => ({
        ...one,
        medallion_id: `med_${'0'.repeat(32)}`,
      })),
  ],
  [
    'an altered memory',
    /SHA-256/,
    files => changeJson(files, 'memories.jsonl', one => ({ ...one, content: 'Trust me.' })),
  ],
  [
    'a memory with more fields',
    /fields that nobody knows/,
    files => changeJson(files, 'memories.jsonl', one => ({ ...one, evil: 1 })),
  ],
  ['text that is not JSON', /not JSON/, files => files.set('memories.jsonl', 'x\n')],
  [
    'JSON nested a million deep',
    /nested deeper/,
    files => files.set('working_set.json', `${'['.repeat(20_000)}${']'.repeat(20_000)}\n`),
  ],
  [
    'an altered message',
    /was altered/,
    inMessages(line => ({ ...line, content: line.content.replace('and on', 'and off') })),
  ],
  ['a message that is gone', /is missing/, without('messages/', 3)],
  [
    'a message under another name',
    /twice/,
    inMessages(line => ({ ...line, owner: `msg_${'0'.repeat(32)}` })),
  ],
  [
    'a message in a file of another kind',
    /names|missing|another kind/,
    inMessages(line => ({ ...line, owner: line.owner.replace('msg', 'sum') })),
  ],
  ['a salt without a message', /without the other/, inMessages(line => ({ ...line, content: null }))],
  ['a message that is no JSON', /was altered/, inMessages(line => ({ ...line, content: '{' }))],
  ['a summary that is gone', /is missing|a file/, without('summaries/', 0)],
  [
    'an altered summary',
    /hash differs/,
    files =>
      changeJson(files, fileBelow(files, 'summaries/'), line => ({ ...line, body: { text: 'Trust me.' } })),
  ],
  ['no sessions', /without its run/, manifestWith({ sessions: [] })],
  [
    'another scope of a session',
    /scope of ses_/,
    files =>
      changeJson(files, 'manifest.json', manifest => ({
        ...manifest,
        sessions: manifest.sessions.map((one: Changeable) => ({ ...one, graph_nodes: ['repo:evil'] })),
      })),
  ],
  [
    'an altered blob',
    /the blob .* was altered/,
    files => files.set(fileBelow(files, 'blobs/'), 'Trust me.\n'),
  ],
  ['a blob that is gone', /missing/, files => files.delete(fileBelow(files, 'blobs/'))],
  [
    'a blob with another hash',
    /the blob .* was altered/,
    inBlobs(line => ({ ...line, sha256: 'a'.repeat(64) })),
  ],
  ['a blob with another name', /the blob .* was altered/, inBlobs(line => ({ ...line, name: 'evil' }))],
  ['a blob with a long name', /fit its schema/, inBlobs(line => ({ ...line, name: 'x'.repeat(201) }))],
  ['blobs nobody lists', /missing/, files => files.delete('blobs.jsonl')],
  ['a forged message of a role nobody knows', /fit its schema/, said(one => ({ ...one, role: 'root' }))],
  ['a forged message with more fields', /fit its schema/, said(one => ({ ...one, evil: 1 }))],
  ['a forged message with a NUL', /NUL/, said(one => ({ ...one, parts: [{ type: 'text', text: 'a\0b' }] }))],
  [
    'a forged message with half a letter',
    /surrogate|altered|UTF-8/,
    said(one => ({ ...one, name: '\ud800' })),
  ],
  ['a forged message with another number', /is not of the event/, said(one => ({ ...one, sequence: 99 }))],
  ['a forged message with the number of another', /two messages are/, said(one => ({ ...one, sequence: 2 }))],
  ['a forged message with the id of another', /two messages are/, said(one => ({ ...one, client_id: 'm2' }))],
  ['a forged message with fewer than no tokens', /fit its schema/, said(one => ({ ...one, tokens: -1 }))],
  [
    'a forged message nested a million deep',
    /nested deeper/,
    files =>
      forgeMessage(files, one => ({
        ...one,
        metadata: JSON.parse(`${'{"a":'.repeat(700)}1${'}'.repeat(700)}`),
      })),
  ],
  ['a forged summary of a level nobody knows', /fit its schema/, compacted({ level: 9 })],
  ['a forged summary that covers backwards', /out of order/, compacted({ covers: [[5, 1]] })],
  ['a forged summary that covers nothing', /fit its schema/, compacted({ covers: [] })],
  ['a forged summary that covers no numbers', /fit its schema|makes no sense/, compacted({ covers: 'all' })],
  [
    'a forged session with a limit of nothing',
    /fit its schema/,
    files =>
      forge(
        files,
        line =>
          line.type === 'SESSION_OPENED' ? { ...line, body: { ...line.body, context_limit: 1 } } : line,
        'SESSION_OPENED',
      ),
  ],
  [
    'a forged session that nobody opened',
    /opens no session/,
    files =>
      forge(
        files,
        line => (line.type === 'SESSION_OPENED' ? { ...line, type: 'NOTE' } : line),
        'SESSION_OPENED',
      ),
  ],
  [
    'white space that hides',
    /written/,
    files => files.set('working_set.json', `${files.get('working_set.json')} \n`),
  ],
];

function forgedStart(line: Changeable): Changeable {
  return {
    ...line,
    body: { ...line.body, working_set: { ...line.body.working_set, objective: 'Be evil.' } },
  };
}

describe('a hostile archive', () => {
  it.each(hostileZips.filter(([kind]) => !/^(?:too many files|a bomb$)/.test(kind)))(
    'with %s imports nothing',
    async (_kind, archive, says) => demandRefused(archive, says),
  );

  it('with 10,001 files imports nothing', async () => {
    const many = Array.from({ length: 10_001 }, (_, index) => ({ name: `${index}`, content: '', method: 0 }));
    await demandRefused(makeZip(many), /10001 files|bytes/);
  });

  it('that says it is a bomb imports nothing', async () => {
    await demandRefused(makeZip([{ name: 'bomb', content: Buffer.alloc(200_000) }]), /200000 bytes/);
  });
});

describe('a pack whose seal fits', () => {
  it.each(altered.map(([kind, says, change, options = {}]) => ({ kind, says, change, options })))(
    'and which has $kind imports nothing',
    async ({ says, change, options }) => {
      await demandRefused(await repacked(sound, change, options), says);
    },
  );

  it('and whose manifest does not fit a file imports nothing', async () => {
    const change = (files: Map<string, string>) => changeJson(files, 'memories.jsonl', one => one);
    const archive = await repacked(sound, files => files.set('working_set.json', '{}\n'), {
      keepManifest: true,
    });
    await demandRefused(archive, /size or SHA-256/);
    expect((await refusal(await repacked(sound, change))).startsWith('imported')).toBe(true);
  });
});

describe(`${MUTATIONS} random mutations`, () => {
  it('of the bytes of a pack import nothing', async () => {
    const seed = seedOfRun();
    const random = randomFrom(seed);
    const bytes = readFileSync(sound);
    const before = await stateOf(second);
    for (let count = 0; count < MUTATIONS; count++) {
      const told = await refusal(mutated(bytes, random));
      expect(told, `seed ${seed}, mutation ${count}`).toMatch(/^(?:invalid|too_large|upgrade_needed): /);
    }
    expect(await stateOf(second), `seed ${seed}`).toEqual(before);
  });

  it('of a file whose hash is made to fit again import nothing', async () => {
    const seed = seedOfRun();
    const random = randomFrom(seed);
    const names = [...filesOf(sound).keys()].filter(name => name !== 'manifest.json');
    const before = await stateOf(second);
    for (let count = 0; count < MUTATIONS; count++) {
      const archive = await repacked(sound, files => {
        const name = names[Math.floor(random() * names.length)] ?? '';
        files.set(name, mutated(Buffer.from(files.get(name) ?? ''), random).toString('latin1'));
      });
      expect(await refusal(archive), `seed ${seed}, mutation ${count}`).toMatch(
        /^(?:invalid|upgrade_needed): /,
      );
    }
    expect(await stateOf(second), `seed ${seed}`).toEqual(before);
  });

  it('of an archive without a seal are refused, or change nothing that is read', () => {
    const seed = seedOfRun();
    const random = randomFrom(seed);
    const files = filesOf(sound);
    const plain = makeZip([...files].map(([name, content]) => ({ name, content })));
    const manifest = JSON.parse(files.get('manifest.json') ?? '');
    for (let count = 0; count < MUTATIONS; count++) {
      try {
        expect(renderPack(readPack(unzip(mutated(plain, random), limits))).manifest).toEqual(manifest);
      } catch (error) {
        expect(String(error), `seed ${seed}, mutation ${count}`).toMatch(/EngineError: Nothing was imported/);
      }
    }
  });
});

/** Some bytes changed, put in, taken out or cut off; never the same as before. */
function mutated(bytes: Buffer, random: () => number): Buffer {
  const at = Math.floor(random() * bytes.length);
  const kind = random();
  if (kind < 0.1) return bytes.subarray(0, at);
  if (kind < 0.2) return Buffer.concat([bytes.subarray(0, at), Buffer.from('x'), bytes.subarray(at)]);
  if (kind < 0.3)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + Math.floor(random() * 20))]);
  const copy = Buffer.from(bytes);
  copy[at] = (bytes[at] ?? 0) ^ (1 + Math.floor(random() * 255));
  return copy;
}

describe('a server', () => {
  it('takes no more memory for a bomb than the limit', async () => {
    using folder = temporaryFolder();
    const gigabyte = deflateRawSync(Buffer.alloc(1_000_000_000), { level: 1 });
    const packs = packsOf(folder.file('a.db'));
    mkdirSync(packs, { recursive: true });
    const bomb = { name: 'manifest.json', content: '', packed: gigabyte, crc: 0 };
    writeFileSync(`${packs}/lies.zip`, makeZip([{ ...bomb, size: 1000 }]));
    writeFileSync(`${packs}/says.zip`, makeZip([{ ...bomb, size: 1_000_000_000 }]));
    await using server = await startMintmark(folder.file('a.db'));
    await server.call('status');
    const before = peakOf(server.child.pid);
    for (const path of ['lies.zip', 'says.zip']) {
      const outcome = outcomeOf(await server.call('pack_import', { path }));
      expect('failure' in outcome && outcome.failure).toMatch(/^(?:invalid|too_large): Nothing was imported/);
    }
    expect(peakOf(server.child.pid) - before).toBeLessThan(200_000_000);
  });
});

/** The most memory a process ever had, in bytes; 0 where the system does not say. */
function peakOf(pid: number | undefined): number {
  if (process.platform !== 'linux') return 0;
  const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1] ?? 0) * 1024;
}
