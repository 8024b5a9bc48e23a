import { EngineError } from '../errors.js';
import { isAnswered, type Replayable, transact } from '../ledger/ledger.js';
import type { Call } from '../schema/call.js';
import { type LedgerLine, PACK_FORMAT, PACK_VERSION, type PackManifest } from '../schema/pack.js';
import { describeScope, describeWritten, normalise } from '../scope.js';
import type { Reader } from '../store/store.js';
import { sha256Of } from '../text/hash.js';
import { demandIncluded, type Included, type PackExport } from './asked.js';
import { checkContent } from './check.js';
import { choose } from './choose.js';
import { artefactsOf, messagesOf, type PackContent, withoutBodies } from './content.js';
import { gather } from './gather.js';
import type { Counts } from './imported.js';
import { keeping } from './keep.js';
import { gatherOrigins } from './origins.js';
import { MAX_ENTRIES, type Parts } from './parts.js';
import { fileToWrite, writeNew } from './place.js';
import { renderPack, workingSetFile } from './render.js';
import { type Files, zip } from './zip.js';

export type Contents = Readonly<Record<Exclude<keyof Counts, 'kept'> | 'omitted', number>>;

/** A file, or a blob where the caller has no use for one: over HTTP, and for a database in memory. */
export type PackExported = (
  | { readonly path: string; readonly uri?: never }
  | { readonly uri: string; readonly path?: never }
) & {
  readonly sha256: string;
  readonly bytes: number;
  /** How many of each there are; `omitted` counts bodies of which only the hash is in the pack. */
  readonly contents: Contents;
  readonly scope: string;
};

/** Writes a run, or what is known about a scope, to a pack: a file or a blob. The same content gives the same bytes. */
export async function exportPack(
  parts: Parts,
  input: PackExport,
  call: Call,
): Promise<Replayable<PackExported>> {
  const included = demandIncluded(input);
  if (await isAnswered(parts.store, call))
    return transact(parts, call, () => Promise.reject(new Error('The key has gone.')));
  const { content, scope } = await parts.store.read(call.namespace, reader =>
    collect(parts, reader, { input, included, call }),
  );
  demandSome(content, { scope, included });
  const { manifest, files } = renderPack(input.redact ? withoutBodies(content) : content);
  demandSize(files, parts.options.packMaxBytes);
  const bytes = await zip(files);
  const sha256 = sha256Of(bytes);
  const contents = count(content, input.redact === true);
  const reply = { sha256, bytes: bytes.length, contents, scope };
  const name = nameOf(manifest, sha256);
  const path = await fileToWrite(parts.options, name, { path: input.path, call });
  if (path === undefined) {
    const keep = await keeping(parts, { name, bytes, scope: normalise(manifest.scope) });
    return transact(parts, call, async writer => ({ uri: await keep(writer), ...reply }));
  }
  await writeNew(path, bytes);
  // The file is no part of the transaction: the key only keeps a repeated call from writing another.
  return transact(parts, call, async () => ({ path, ...reply }));
}

type Asked = {
  readonly input: PackExport;
  readonly included: Included;
  readonly call: Call;
};

async function collect(
  parts: Parts,
  reader: Reader,
  { input, included, call }: Asked,
): Promise<{ content: PackContent; scope: string }> {
  const { include } = included;
  const { runs, sessions, scope, filter } = await choose(reader, { input, included, call });
  const kind = input.run_id === undefined ? 'scope' : 'run';
  const origins = await gatherOrigins(
    reader,
    runs.map(({ origin }) => origin),
  );
  const gathered = await gather(reader, { kind, runs, sessions, scope: filter, included });
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
    sessions: sessions.map(({ id, scope: { graph_nodes, tags } }) => ({
      session_id: id,
      graph_nodes: [...graph_nodes],
      tags: [...tags],
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

/** A pack of nothing would look like work that was handed over. */
function demandSome(content: PackContent, { scope, included }: { scope: string; included: Included }): void {
  if (Object.values(count(content, false)).some(number => number > 0)) return;
  const sought = ['medallions', ...included.include].join(', ');
  throw new EngineError(
    'not_found',
    `Nothing was exported: there is nothing about ${scope} of what a pack was to hold (${sought}).`,
    'Name another scope, or add to include what else there is: memories, runs, sessions.',
  );
}

function headOf(stream: string, lines: readonly LedgerLine[]) {
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
  const { streams, episodes, medallions, workingSets, memories, talks, blobs, origins } = content;
  const sealed = [...[...streams.values()].flat(), ...artefactsOf(content)];
  const messages = messagesOf(content);
  return {
    runs: workingSets.size,
    events: [...streams.values()].flat().length,
    episodes: episodes.length,
    medallions: medallions.length,
    memories: redacted ? 0 : memories.length,
    sessions: talks.length,
    messages: messages.length,
    blobs: redacted ? 0 : blobs.length,
    origins: origins.size,
    omitted: redacted
      ? sealed.length + messages.length
      : sealed.filter(({ body }) => body === null).length +
        messages.filter(line => line.content === null).length,
  };
}
