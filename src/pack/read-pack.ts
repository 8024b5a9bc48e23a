import * as z from 'zod';
import { EngineError } from '../errors.js';
import { PortableMemory } from '../memory/portable.js';
import {
  Artefact,
  BlobLine,
  EpisodeFile,
  LedgerLine,
  MedallionFile,
  MessageLine,
  PACK_FORMAT,
  PACK_VERSION,
  PackedMedallion,
  PackManifest,
  SummaryLine,
} from '../schema/pack.js';
import { WorkingSet } from '../schema/working-set.js';
import { canonicalJson, sha256Of } from '../text/hash.js';
import { badPack } from './bad-pack.js';
import { checkContent } from './check.js';
import type { PackContent, PackedBlob, PackedTalk } from './content.js';
import { decode, parsed, parsedExactly, parseJson, parseLines } from './json.js';
import {
  BLOBS,
  blobFile,
  MANIFEST,
  MEMORIES,
  manifestHash,
  messagesFile,
  originFolder,
  renderPack,
  summariesFile,
  workingSetFile,
} from './render.js';
import type { Files } from './zip.js';

/**
 * The content of a pack, verified: every file against the manifest and its schema, every chain to its head, every body
 * against the event that names it. Throws `invalid`, or `upgrade_needed` for a version of the format not known here.
 */
export function readPack(files: Files): PackContent {
  const manifest = readManifest(files, '');
  demandListed(files, manifest);
  const origins = new Map(manifest.origins.map(sha256 => [sha256, readOrigin(files, sha256)]));
  const content = { ...readParts(files, manifest, ''), blobs: readBlobs(files), origins };
  checkContent(content);
  const again = renderPack(content).manifest;
  if (canonicalJson(again) !== canonicalJson(manifest))
    throw badPack('it is not written as mintmark writes packs');
  return content;
}

const Header = z.looseObject({ format: z.unknown(), version: z.unknown() });

function readManifest(files: Files, folder: string): PackManifest {
  const name = folder + MANIFEST;
  const bytes = files.get(name);
  if (!bytes) throw badPack(`${name} is missing`);
  const value = parseJson(decode(bytes, name), name);
  const { format, version } = parsed(Header, value, name);
  if (format !== PACK_FORMAT) throw badPack(`${name} is of another format than ${PACK_FORMAT}`);
  if (version !== PACK_VERSION)
    throw new EngineError(
      'upgrade_needed',
      `Nothing was imported: the pack has version ${JSON.stringify(version)} of its format; this mintmark knows ${PACK_VERSION}.`,
      'Import it with the version of mintmark that wrote it, or a newer one.',
    );
  const manifest = parsedExactly(PackManifest, value, name);
  if (manifestHash(manifest) !== sha256Of(bytes)) throw badPack(`${name} is not written as RFC 8785 JSON`);
  return manifest;
}

/** The manifest names every file with its size and hash, and nothing else is there. */
function demandListed(files: Files, manifest: PackManifest): void {
  const listed = new Map(manifest.files.map(file => [file.name, file]));
  if (listed.size !== manifest.files.length) throw badPack(`${MANIFEST} names a file twice`);
  for (const [name, bytes] of files) {
    if (name === MANIFEST) continue;
    const file = listed.get(name);
    if (!file) throw badPack(`${name} is not in ${MANIFEST}`);
    if (file.bytes !== bytes.length || file.sha256 !== sha256Of(bytes))
      throw badPack(`${name} was altered: size or SHA-256 differ from ${MANIFEST}`);
  }
  const missing = manifest.files.find(({ name }) => !files.has(name));
  if (missing) throw badPack(`${missing.name} is missing`);
}

function readOrigin(files: Files, sha256: string): PackContent {
  const folder = originFolder(sha256);
  const manifest = readManifest(files, folder);
  if (manifestHash(manifest) !== sha256)
    throw badPack(`${folder}${MANIFEST} is not the origin it is said to be`);
  const content = readParts(files, manifest, folder);
  checkContent(content);
  return content;
}

/** Which files a pack has follows from its manifest alone; an origin's bodies may have been left out since. */
function readParts(files: Files, manifest: PackManifest, folder: string): PackContent {
  const own = manifest.files.filter(({ name }) => !name.startsWith('origins/'));
  const text = (name: string): string => {
    const bytes = files.get(folder + name);
    if (!bytes) throw badPack(`${folder}${name} is missing`);
    return decode(bytes, folder + name);
  };
  const below = (start: string) => own.filter(({ name }) => name.startsWith(start)).map(({ name }) => name);
  const runs = manifest.runs.map(({ run_id }) => run_id);
  return {
    manifest,
    streams: new Map(below('ledger/').map(name => readStream(text(name), folder + name))),
    episodes: below('episodes/').map(name => readEpisode(text(name), folder + name)),
    medallions: below('medallions/').map(name => readMedallion(text(name), folder + name)),
    workingSets: new Map(
      runs.map(run_id => {
        const name = workingSetFile(manifest.kind, run_id);
        return [run_id, parsedExactly(WorkingSet, parseJson(text(name), name), folder + name)];
      }),
    ),
    memories: files.has(folder + MEMORIES) ? readMemories(text(MEMORIES), folder + MEMORIES) : [],
    talks: manifest.sessions.map(({ session_id }) => readTalk(files, folder, session_id)),
    blobs: [],
    origins: new Map(),
  };
}

function readStream(text: string, name: string): [string, LedgerLine[]] {
  const lines = parseLines(text, name).map(({ value, where }) => parsed(LedgerLine, value, where));
  const [first] = lines;
  if (!first) throw badPack(`${name} is empty`);
  if (lines.some(({ stream }) => stream !== first.stream))
    throw badPack(`${name} holds more than one stream`);
  return [first.stream, lines];
}

function readEpisode(text: string, name: string): Artefact {
  const value = parseJson(text, name);
  parsed(EpisodeFile, value, name);
  return parsed(Artefact, value, name);
}

function readMedallion(text: string, name: string): PackedMedallion {
  const value = parseJson(text, name);
  parsed(MedallionFile, value, name);
  return parsed(PackedMedallion, value, name);
}

const readMemories = (text: string, name: string): PortableMemory[] =>
  parseLines(text, name).map(({ value, where }) => parsedExactly(PortableMemory, value, where));

/** Messages and summaries of a session; a file that is not there has none. */
function readTalk(files: Files, folder: string, session_id: string): PackedTalk {
  const lines = (name: string) => linesOf(files, folder + name);
  return {
    session_id,
    messages: lines(messagesFile(session_id)).map(({ value, where }) => parsed(MessageLine, value, where)),
    summaries: lines(summariesFile(session_id)).map(({ value, where }) => {
      parsed(SummaryLine, value, where);
      return parsed(Artefact, value, where);
    }),
  };
}

function readBlobs(files: Files): PackedBlob[] {
  return linesOf(files, BLOBS).map(({ value, where }) => {
    const line = parsed(BlobLine, value, where);
    const data = files.get(blobFile(line.blob_id));
    if (!data) throw badPack(`${blobFile(line.blob_id)} is missing`);
    return { line, data };
  });
}

function linesOf(files: Files, name: string): ReturnType<typeof parseLines> {
  const bytes = files.get(name);
  return bytes ? parseLines(decode(bytes, name), name) : [];
}
