import { EngineError } from '../errors.js';
import { type Replayable, transact } from '../ledger/ledger.js';
import { findRun } from '../run/find.js';
import type { Call } from '../schema/call.js';
import { PACK_FORMAT, PACK_VERSION, type PackManifest, type PackPart } from '../schema/pack.js';
import type { Scope, ScopeFilter } from '../schema/scope.js';
import { describeScope, describeWritten, normalise, scopeToRead } from '../scope.js';
import { findReply } from '../store/idempotency.js';
import { aliasesOf } from '../store/imports.js';
import { runById, type StoredRun } from '../store/runs.js';
import type { Reader } from '../store/store.js';
import { checkContent } from './check.js';
import { artefactsOf, type PackContent, withoutBodies } from './content.js';
import { gather, runIds } from './gather.js';
import { gatherOrigins } from './origins.js';
import { MAX_ENTRIES, type Parts } from './parts.js';
import { fileToWrite, writeNew } from './place.js';
import { renderPack, workingSetFile } from './render.js';
import { type Files, sha256Bytes, zip } from './zip.js';

export type PackExport = {
  readonly run_id?: string | undefined;
  readonly graph_nodes?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly include?: readonly (PackPart | 'sessions')[] | undefined;
  readonly redact?: boolean | undefined;
  readonly path?: string | undefined;
};

export type Contents = Readonly<
  Record<'runs' | 'events' | 'episodes' | 'medallions' | 'memories' | 'origins' | 'omitted', number>
>;

export type PackExported = {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** How many of each there are; `omitted` counts bodies of which only the hash is in the pack. */
  readonly contents: Contents;
  readonly scope: string;
};

/** Writes a run, or what is known about a scope, to a pack. The same content gives the same bytes. */
export async function exportPack(
  parts: Parts,
  input: PackExport,
  call: Call,
): Promise<Replayable<PackExported>> {
  const include = demandKnown(input);
  if (await isRepeated(parts, call))
    return transact(parts, call, () => Promise.reject(new Error('The key has gone.')));
  const { content, scope } = await parts.store.read(call.namespace, reader =>
    collect(parts, reader, { input, include, call }),
  );
  const { manifest, files } = renderPack(input.redact ? withoutBodies(content) : content);
  demandSize(files, parts.options.packMaxBytes);
  const bytes = await zip(files);
  const sha256 = sha256Bytes(bytes);
  const path = await fileToWrite(parts.options, nameOf(manifest, sha256), { path: input.path, call });
  await writeNew(path, bytes);
  const contents = count(content, input.redact === true);
  // The file is no part of the transaction: the key only keeps a repeated call from writing another.
  return transact(parts, call, async () => ({ path, sha256, bytes: bytes.length, contents, scope }));
}

const isRepeated = async ({ store }: Parts, { namespace, idempotency: once }: Call): Promise<boolean> =>
  once !== undefined &&
  (await store.read(namespace, reader => findReply(reader, once.tool, once.key))) !== undefined;

function demandKnown({ run_id, graph_nodes, tags, include = [], redact }: PackExport): readonly PackPart[] {
  const byScope = graph_nodes !== undefined || tags !== undefined;
  const hint = 'Call pack_export with run_id, or with graph_nodes and/or tags.';
  if (run_id !== undefined && byScope)
    throw new EngineError('invalid', 'Both run_id and a scope were given.', hint);
  if (run_id === undefined && !byScope)
    throw new EngineError('invalid', 'Nothing says what to export.', hint);
  if (include.includes('sessions'))
    throw new EngineError(
      'invalid',
      'Packs hold no sessions yet.',
      'Leave "sessions" out of include and call pack_export again.',
    );
  if (run_id !== undefined && include.includes('runs'))
    throw new EngineError('invalid', 'include "runs" belongs to a pack of a scope.', hint);
  if (redact && include.some(part => part !== 'runs'))
    throw new EngineError(
      'invalid',
      'redact leaves out memories and evidence, and include asks for them.',
      'Give one of the two.',
    );
  return [...new Set(include)].filter((part): part is PackPart => part !== 'sessions').sort();
}

type Asked = {
  readonly input: PackExport;
  readonly include: readonly PackPart[];
  readonly call: Call;
};

async function collect(
  parts: Parts,
  reader: Reader,
  { input, include, call }: Asked,
): Promise<{ content: PackContent; scope: string }> {
  const { runs, scope, filter } = await choose(reader, { input, include, call });
  const origins = await gatherOrigins(
    reader,
    runs.map(({ origin }) => origin),
  );
  const gathered = await gather(reader, { runs, scope: filter, include });
  const kind = input.run_id === undefined ? 'scope' : 'run';
  const manifest: PackManifest = {
    format: PACK_FORMAT,
    version: PACK_VERSION,
    kind,
    created_by: parts.version,
    scope: { graph_nodes: [...scope.graph_nodes], tags: [...scope.tags] },
    runs: runs.map(run => ({
      run_id: run.id,
      graph_nodes: [...run.scope.graph_nodes],
      tags: [...run.scope.tags],
      working_set: workingSetFile(kind, run.id),
    })),
    heads: Object.fromEntries(
      [...gathered.streams].map(([stream, lines]) => [stream, headOf(stream, lines)]),
    ),
    include: [...include],
    redacted: input.redact === true,
    origins: [...origins.keys()].sort(),
    files: [],
  };
  const content = { ...gathered, manifest, origins };
  demandSound(content);
  return { content, scope: input.run_id === undefined ? describeScope(filter) : describeWritten(scope) };
}

type Chosen = {
  readonly runs: readonly StoredRun[];
  readonly scope: Scope;
  readonly filter: ScopeFilter;
};

async function choose(reader: Reader, { input, include, call }: Asked): Promise<Chosen> {
  if (input.run_id !== undefined) {
    const run = await demandRun(reader, input.run_id);
    const { graph_nodes, tags } = run.scope;
    return { runs: [run], scope: run.scope, filter: { nodes: { match: 'named', allOf: graph_nodes }, tags } };
  }
  const filter = scopeToRead(input, call.home);
  const runs: StoredRun[] = [];
  for (const id of include.includes('runs') ? await runIds(reader, filter) : []) {
    const run = await runById(reader, id);
    if (run) runs.push(run);
  }
  return { runs, scope: normalise(input), filter };
}

/** A run of this database, or the one that a run of another became here. Throws `not_found`. */
async function demandRun(reader: Reader, ref: string): Promise<StoredRun> {
  const run = await findRun(reader, ref);
  if (run) return run;
  for (const { local_id } of await aliasesOf(reader, ref)) {
    const imported = await runById(reader, local_id);
    if (imported) return imported;
  }
  throw new EngineError(
    'not_found',
    `There is no run ${JSON.stringify(ref.slice(0, 200))}.`,
    'Use the run_id that run_open returned; load_by_scope lists the open runs.',
  );
}

function headOf(
  stream: string,
  lines: PackContent['streams'] extends ReadonlyMap<string, infer L> ? L : never,
) {
  const last = lines.at(-1);
  if (!last)
    throw new EngineError('damaged', `The stream ${stream} is empty.`, 'Run `mintmark doctor --deep`.');
  return { sequence: last.sequence, hash: last.hash };
}

/** A pack that could not be imported is worth nothing, so it is checked as an import would. */
function demandSound(content: PackContent): void {
  try {
    checkContent(content);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(
      'damaged',
      `Nothing was exported: ${error.message.replace('Nothing was imported: ', '')}`,
      'Run `mintmark doctor --deep`; restore a backup if it finds damage.',
      { cause: error },
    );
  }
}

function demandSize(files: Files, maxBytes: number): void {
  const bytes = [...files.values()].reduce((sum, file) => sum + file.length, 0);
  if (bytes <= maxBytes && files.size <= MAX_ENTRIES) return;
  throw new EngineError(
    'too_large',
    `The pack would hold ${bytes} bytes in ${files.size} files; ${maxBytes} and ${MAX_ENTRIES} are allowed.`,
    'Export a narrower scope, leave parts out of include, or raise --pack-max-bytes.',
  );
}

/** Named for what is in it, so that two packs of the same second have different names and equal ones the same. */
const nameOf = ({ kind, runs }: PackManifest, sha256: string): string =>
  `${kind === 'run' ? runs[0]?.run_id : 'scope'}-${sha256.slice(0, 16)}.zip`;

function count(content: PackContent, redacted: boolean): Contents {
  const { streams, episodes, medallions, workingSets, memories, origins } = content;
  const sealed = [...[...streams.values()].flat(), ...artefactsOf(content)];
  return {
    runs: workingSets.size,
    events: [...streams.values()].reduce((sum, lines) => sum + lines.length, 0),
    episodes: episodes.length,
    medallions: medallions.length,
    memories: redacted ? 0 : memories.length,
    origins: origins.size,
    omitted: redacted ? sealed.length : sealed.filter(({ body }) => body === null).length,
  };
}
