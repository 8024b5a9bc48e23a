import { EngineError } from '../errors.js';
import { type Replayable, transact } from '../ledger/ledger.js';
import type { Call } from '../schema/call.js';
import { importAliases, importBySha256 } from '../store/imports.js';
import { runById } from '../store/runs.js';
import type { Reader } from '../store/store.js';
import { badPack } from './bad-pack.js';
import { prepareForeign } from './foreign.js';
import type { PackImported, Prepared } from './imported.js';
import { readKept } from './keep.js';
import { MAX_ENTRIES, type Parts } from './parts.js';
import { readAllowed } from './place.js';
import { preparePack } from './prepare.js';
import { MANIFEST } from './render.js';
import { importedSessions } from './resolve.js';
import { unzip } from './unzip.js';

export type PackImport = {
  readonly path?: string | undefined;
  /** Of a blob that holds the pack, instead of a path. */
  readonly uri?: string | undefined;
};

/**
 * Imports a pack of mintmark, a resume pack of AoS or a medallion as JSON. Everything is verified first; then all of it
 * is written, or nothing. The same pack again changes nothing. Throws `invalid`, `forbidden`, `too_large`, `not_found`.
 */
export async function importPack(
  parts: Parts,
  { path, uri }: PackImport,
  call: Call,
): Promise<Replayable<PackImported>> {
  if ((path === undefined) === (uri === undefined))
    throw new EngineError(
      'invalid',
      path === undefined ? 'Neither path nor uri is given.' : 'Both path and uri are given.',
      'Give the path of a file, or the blob:// uri of a pack that is kept here.',
    );
  const bytes =
    uri === undefined ? await readAllowed(parts.options, { path, call }) : await readKept(parts, uri, call);
  const prepared = await prepare(parts, bytes, call);
  return transact(parts, call, async writer => {
    const earlier = await importedBefore(writer, prepared.sha256);
    if (earlier) return earlier;
    const imported = await prepared.write(writer);
    return prepared.redactions.length > 0 ? { ...imported, redacted: prepared.redactions } : imported;
  });
}

async function prepare(parts: Parts, bytes: Buffer, call: Call): Promise<Prepared> {
  if (bytes.length === 0) throw badPack('the file is empty');
  if (!isZip(bytes)) return prepareForeign(parts, { files: undefined, bytes, call });
  const files = unzip(bytes, { maxBytes: parts.options.packMaxBytes, maxEntries: MAX_ENTRIES });
  return files.has(MANIFEST)
    ? preparePack(parts, files, call)
    : prepareForeign(parts, { files, bytes, call });
}

/** Anything that is not plainly JSON is treated as a zip, whose reader says best what is wrong with it. */
const isZip = (bytes: Buffer): boolean => !/^\s*\{/.test(bytes.toString('latin1', 0, 100));

async function importedBefore(reader: Reader, sha256: string): Promise<PackImported | undefined> {
  const row = await importBySha256(reader, sha256);
  if (!row) return undefined;
  const local = (await importAliases(reader, row.id)).map(({ local_id }) => local_id);
  const runs: string[] = [];
  for (const id of local.filter(one => one.startsWith('run_'))) if (await runById(reader, id)) runs.push(id);
  const sessions = (await importedSessions(reader, row.id)).map(({ id }) => id);
  const [only] = runs;
  return {
    import_id: row.id,
    kind: row.kind,
    ...(runs.length === 1 && only !== undefined && { run_id: only }),
    ...(runs.length > 0 && { run_ids: runs }),
    ...(sessions.length > 0 && { session_ids: sessions }),
    already_imported: true,
    note: [
      'This pack was imported before, and nothing was changed: what was purged since does not come back.',
      ...(runs.length > 0 ? ['To work on a second copy, call run_open with from and the run_id.'] : []),
    ].join(' '),
    scope: 'none',
  };
}
