import type { PackFile, PackManifest, PackSchema } from '../schema/pack.js';
import { canonicalJson, sha256Of } from '../text/hash.js';
import type { PackContent } from './content.js';
import type { Files } from './zip.js';

export const MANIFEST = 'manifest.json';
export const MEMORIES = 'memories.jsonl';
export const BLOBS = 'blobs.jsonl';

export const messagesFile = (sessionId: string): string => `messages/${sessionId}.jsonl`;
export const summariesFile = (sessionId: string): string => `summaries/${sessionId}.jsonl`;
export const blobFile = (blobId: string): string => `blobs/${blobId}`;

/** The folder in which the pack lies that something was imported from. */
export const originFolder = (sha256: string): string => `origins/${sha256}/`;

/** Where a run's working set lies: in a pack of one run where AoS has it, too. */
export const workingSetFile = (kind: PackManifest['kind'], runId: string): string =>
  kind === 'run' ? 'working_set.json' : `working_sets/${runId}.json`;

/** What identifies a pack, however it was zipped. */
export const manifestHash = (manifest: PackManifest): string => sha256Of(encode(manifest));

/**
 * The files of a pack, the manifest first. The same content gives the same bytes: everything is sorted, and JSON is
 * RFC 8785 text. `files` of the given manifest is replaced by what was rendered.
 */
export function renderPack(content: PackContent): { readonly manifest: PackManifest; readonly files: Files } {
  const rendered = [...partsOf(content), ...[...content.origins].sort(byName).flatMap(renderOrigin)];
  const manifest = { ...content.manifest, files: rendered.map(describe) };
  const files = new Map([
    [MANIFEST, encode(manifest)],
    ...rendered.map(({ name, bytes }) => [name, bytes] as const),
  ]);
  return { manifest, files };
}

type Rendered = { readonly name: string; readonly bytes: Uint8Array; readonly schema: PackSchema | null };

const describe = ({ name, bytes, schema }: Rendered): PackFile => ({
  name,
  sha256: sha256Of(bytes),
  bytes: bytes.length,
  schema,
});

/** An origin's manifest stays as it was written, also where bodies have gone since. */
const renderOrigin = ([sha256, origin]: readonly [string, PackContent]): Rendered[] =>
  [
    { name: MANIFEST, bytes: encode(origin.manifest), schema: 'pack-manifest' } as const,
    ...partsOf(origin),
  ].map(part => ({ ...part, name: originFolder(sha256) + part.name }));

function partsOf({
  manifest,
  streams,
  episodes,
  medallions,
  workingSets,
  memories,
  talks,
  blobs,
}: PackContent): Rendered[] {
  return [
    ...[...workingSets]
      .sort(byName)
      .map(([runId, set]) => json(workingSetFile(manifest.kind, runId), set, 'working-set')),
    ...[...streams]
      .sort(byName)
      .map(([, lines], index) => jsonLines(`ledger/${index}.jsonl`, lines, 'ledger-line')),
    ...sorted(episodes, one => one.owner).map(one => json(`episodes/${one.owner}.json`, one, 'episode-file')),
    ...sorted(medallions, one => one.medallion_id).map(one =>
      json(`medallions/${one.medallion_id}.json`, one, 'medallion-file'),
    ),
    ...linesIn(MEMORIES, memories, 'memory-line'),
    ...sorted(talks, one => one.session_id).flatMap(({ session_id, messages, summaries }) => [
      ...linesIn(messagesFile(session_id), messages, 'message-line'),
      ...linesIn(summariesFile(session_id), summaries, 'summary-line'),
    ]),
    ...linesIn(
      BLOBS,
      sorted(blobs, ({ line }) => line.blob_id).map(({ line }) => line),
      'blob-line',
    ),
    ...sorted(blobs, ({ line }) => line.blob_id).map(({ line, data }) => ({
      name: blobFile(line.blob_id),
      bytes: data,
      schema: null,
    })),
  ];
}

/** Where there are none, there is no file. */
const linesIn = (name: string, values: readonly unknown[], schema: PackSchema): Rendered[] =>
  values.length > 0 ? [jsonLines(name, values, schema)] : [];

const json = (name: string, value: unknown, schema: PackSchema): Rendered => ({
  name,
  bytes: encode(value),
  schema,
});

const jsonLines = (name: string, values: readonly unknown[], schema: PackSchema): Rendered => ({
  name,
  bytes: Buffer.concat(values.map(encode)),
  schema,
});

const encode = (value: unknown): Uint8Array => Buffer.from(`${canonicalJson(value)}\n`);

const sorted = <One>(list: readonly One[], name: (one: One) => string): One[] =>
  [...list].sort((left, right) => byName([name(left)], [name(right)]));

const byName = ([left]: readonly [string, ...unknown[]], [right]: readonly [string, ...unknown[]]): number =>
  left < right ? -1 : left > right ? 1 : 0;
