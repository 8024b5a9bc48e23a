import * as z from 'zod';
import { EngineError } from '../errors.js';
import { append } from '../ledger/ledger.js';
import { streamOf } from '../run/parts.js';
import type { Call } from '../schema/call.js';
import { isAgentEvent } from '../schema/event.js';
import type { Scope } from '../schema/scope.js';
import { WorkingSet } from '../schema/working-set.js';
import { describeWritten, scopeToWrite } from '../scope.js';
import type { Writer } from '../store/store.js';
import { sha256Of } from '../text/hash.js';
import { redact } from '../text/redact.js';
import { type CountTokens, tokenCounter } from '../text/tokens.js';
import { aliasTable, idsOf } from './aliases.js';
import { asRefusal, badPack } from './bad-pack.js';
import { beginImported } from './begin.js';
import { NONE, type PackImported, type Prepared } from './imported.js';
import { decode, parsed, parseJson, parseLines } from './json.js';
import { AOS_MANIFEST } from './names.js';
import { packUri } from './origins.js';
import type { Parts } from './parts.js';
import { retain } from './retain.js';
import type { Files } from './zip.js';

const Hashes = z.record(z.string(), z.string());

/** `resume_pack.py` of AoS writes this; the simpler packs have none. */
const AosManifest = z.looseObject({
  _schema_version: z.literal('2.1'),
  pack_id: z.string().min(1),
  compatible_engine_versions: z.array(z.string()).min(1),
  files: Hashes,
});

const AosEvent = z.looseObject({
  _schema_version: z.literal('2.1'),
  event_id: z.string().min(1),
  event_type: z.string().min(1).max(40),
  timestamp: z.string(),
  writer_id: z.string(),
  payload: z.record(z.string(), z.unknown()),
});
type AosEvent = z.output<typeof AosEvent>;

const Versioned = z.looseObject({ _schema_version: z.unknown() });

/** A resume pack of AoS v2.1, verified: its run goes on here, its ledger becomes the beginning of the run's stream. */
export async function prepareAos(
  parts: Parts,
  files: Files,
  { sha256, call }: { readonly sha256: string; readonly call: Call },
): Promise<Prepared> {
  if (files.has(AOS_MANIFEST)) checkManifest(files);
  const value = jsonAt(files, ['working_set.json', 'state/working_set.v2.1.json']);
  demandVersion(value, 'the working set');
  const workingSet = parsed(WorkingSet, value, 'the working set');
  const events = eventsIn(files);
  const kept = { workingSet, events, own: ownOf(files) };
  const clean = await asRefusal(() => redact(kept, parts.options.redact));
  const aos: Aos = {
    sha256,
    foreignId: workingSet.run_id,
    ...clean.value,
    scope: scopeToWrite({ globalByDefault: false }, call.home),
    count: await tokenCounter(),
  };
  return {
    sha256,
    redactions: clean.redactions,
    write: writer => asRefusal(() => writeAos(parts, writer, aos)),
  };
}

type Aos = {
  readonly sha256: string;
  /** Every file as it came but for its secrets, so that nothing of it is lost. */
  readonly own: readonly OwnFile[];
  readonly foreignId: string;
  readonly workingSet: WorkingSet;
  readonly events: readonly AosEvent[];
  readonly scope: Scope;
  readonly count: CountTokens;
};

function checkManifest(files: Files): void {
  const value = jsonAt(files, [AOS_MANIFEST]);
  demandVersion(value, AOS_MANIFEST);
  const { files: hashes, compatible_engine_versions: versions } = parsed(AosManifest, value, AOS_MANIFEST);
  if (!versions.some(version => /^aos-context\/2\.1(?:\.|$)/.test(version)))
    throw unknownVersion(`the pack is for ${versions.join(', ')}`);
  for (const [name, sha256] of Object.entries(hashes)) {
    const bytes = files.get(name);
    if (!bytes) throw badPack(`${name} is missing`);
    if (sha256Of(bytes) !== sha256) throw badPack(`${name} was altered: its SHA-256 differs`);
  }
  const stranger = [...files.keys()].find(name => name !== AOS_MANIFEST && !(name in hashes));
  if (stranger) throw badPack(`${stranger} is not in ${AOS_MANIFEST}`);
}

function demandVersion(value: unknown, what: string): void {
  const { _schema_version: version } = parsed(Versioned, value, what);
  if (version !== '2.1') throw unknownVersion(`${what} has version ${JSON.stringify(version)}`);
}

const unknownVersion = (found: string): EngineError =>
  new EngineError(
    'upgrade_needed',
    `Nothing was imported: ${found}; AoS v2.1 is what can be read.`,
    'Write the pack with AoS context module 2.1.',
  );

function jsonAt(files: Files, names: readonly string[]): unknown {
  const name = names.find(one => files.has(one));
  const bytes = name === undefined ? undefined : files.get(name);
  if (name === undefined || !bytes) throw badPack(`${names.join(' or ')} is missing`);
  return parseJson(decode(bytes, name), name);
}

const LEDGERS = ['run.jsonl', 'ledger/run.v2.1.jsonl'];

function eventsIn(files: Files): AosEvent[] {
  const name = LEDGERS.find(one => files.has(one));
  const bytes = name === undefined ? undefined : files.get(name);
  if (name === undefined || !bytes) return [];
  return parseLines(decode(bytes, name), name).map(({ value, where }) => {
    demandVersion(value, where);
    return parsed(AosEvent, value, where);
  });
}

type OwnFile = { readonly name: string; readonly text: string };

const ownOf = (files: Files): OwnFile[] =>
  [...files].map(([name, bytes]) => ({ name, text: decode(bytes, name) }));

async function writeAos(parts: Parts, writer: Writer, aos: Aos): Promise<PackImported> {
  const { sha256, events, foreignId } = aos;
  const at = parts.sources.now();
  const importId = parts.sources.newId('imp');
  const origin = packUri(sha256);
  const run_id = await beginImported(parts, writer, { ...aos, head: null, importId, origin, at });
  for (const event of events)
    await append(writer, parts.sources, { stream: streamOf(run_id), at, ...asAgentEvent(event) });
  const known = new Map([[foreignId, run_id]]);
  const aliases = aliasTable(idsOf(aos.own), known, prefix => parts.sources.newId(prefix));
  await retain(writer, parts.sources, {
    id: importId,
    sha256,
    kind: 'aos',
    at,
    streams: new Map(),
    artefacts: [],
    messages: [],
    own: new Map(aos.own.map((file, index) => [`file/${index}`, file])),
    aliases,
  });
  return {
    import_id: importId,
    kind: 'aos',
    run_id,
    run_ids: [run_id],
    imported: { ...NONE, runs: 1, events: events.length },
    scope: describeWritten(aos.scope),
  };
}

/** What an agent did keeps its type; what AoS's engine wrote becomes a note, since it says nothing of this engine. */
function asAgentEvent({ event_type, payload, event_id, timestamp, writer_id }: AosEvent) {
  const aos = { event_id, event_type, timestamp, writer_id };
  return isAgentEvent(event_type)
    ? { type: event_type, payload: { ...payload, aos } }
    : ({ type: 'NOTE', payload: { aos, payload } } as const);
}
