import { streamOf as medallionStream } from '../checkpoint/strike.js';
import { eventHash, FIRST_PREVIOUS_HASH, saltedHash } from '../ledger/seal.js';
import { type FoldedRun, foldRun } from '../run/fold.js';
import { streamOf as runStream } from '../run/parts.js';
import { isEventType } from '../schema/event.js';
import type { Artefact, LedgerLine, PackedRun, PackManifest } from '../schema/pack.js';
import type { Scope } from '../schema/scope.js';
import { streamOf as sessionStream } from '../session/parts.js';
import { canonicalJson } from '../text/hash.js';
import { badPack } from './bad-pack.js';
import { checkTalks } from './check-talks.js';
import { artefactsOf, isIntact, messagesOf, type PackContent } from './content.js';
import { type Named, namedBodies } from './named.js';

/** Throws `invalid` unless chains, heads, bodies and names of a pack fit together. Pure. */
export function checkContent(content: PackContent): void {
  checkHeads(content);
  for (const [stream, lines] of content.streams) checkChain(stream, lines);
  const named = namedBodies(content.streams.values());
  for (const artefact of artefactsOf(content)) checkArtefact(artefact, named);
  checkNames(content);
  checkStates(content);
  checkTalks(content);
  const altered = content.memories.find(memory => !isIntact(memory));
  if (altered) throw badPack(`memory ${altered.id} was altered: its SHA-256 differs`);
}

function checkHeads({ manifest, streams }: PackContent): void {
  const expected = Object.entries(manifest.heads);
  const fits = ([stream, head]: (typeof expected)[number]): boolean => {
    const last = streams.get(stream)?.at(-1);
    return last?.sequence === head.sequence && last.hash === head.hash;
  };
  const wrong = expected.find(entry => !fits(entry));
  if (wrong) throw badPack(`the stream ${wrong[0]} does not end where the manifest says`);
  if (expected.length !== streams.size) throw badPack('there are streams that the manifest does not name');
}

function checkChain(stream: string, lines: readonly LedgerLine[]): void {
  let previous = { sequence: 0, hash: FIRST_PREVIOUS_HASH };
  for (const line of lines) {
    const where = `event ${line.sequence} of ${stream}`;
    if (line.sequence !== previous.sequence + 1) throw badPack(`${where} follows ${previous.sequence}`);
    if (line.previous_hash !== previous.hash) throw badPack(`${where} does not continue the chain`);
    if (line.hash !== eventHash(line)) throw badPack(`${where} was altered: its hash differs`);
    checkBody(line, line.body_hash, where);
    previous = line;
  }
}

function checkBody({ salt, body }: Pick<Artefact, 'salt' | 'body'>, hash: string, where: string): void {
  if ((salt === null) !== (body === null)) throw badPack(`${where} has a body or a salt without the other`);
  if (salt === null) return;
  if (saltedHash(salt, canonicalJson(body)) !== hash)
    throw badPack(`the body of ${where} was altered: its hash differs`);
}

function checkArtefact(artefact: Artefact, { hashes, partial }: Named): void {
  const { owner, hash, body } = artefact;
  checkBody(artefact, hash, owner);
  const named = hashes.get(owner);
  if (named === hash) return;
  if (named === undefined && partial && body === null) return;
  throw badPack(`no event of its streams names ${owner} with this hash`);
}

/** Streams, owners and ids say of each other what they belong to. */
function checkNames(content: PackContent): void {
  const { manifest, streams, medallions, workingSets } = content;
  const sessions = manifest.sessions.map(({ session_id }) => session_id);
  const runs = manifest.runs.map(({ run_id }) => run_id);
  const expected = new Set([
    ...runs.map(runStream),
    ...medallions.map(({ medallion_id }) => medallionStream(medallion_id)),
    ...sessions.map(sessionStream),
  ]);
  if (expected.size !== runs.length + medallions.length + sessions.length)
    throw badPack('a run, a medallion or a session is there twice');
  if (streams.size !== expected.size || [...streams.keys()].some(stream => !expected.has(stream)))
    throw badPack('there is a stream without its run, medallion or session, or the other way round');
  for (const [runId, set] of workingSets)
    if (set.run_id !== runId) throw badPack(`the working set of ${runId} is that of ${set.run_id}`);
  if (manifest.kind === 'run') checkOneRun(manifest);
  checkOwners(content);
}

function checkOneRun({ runs, scope }: PackManifest): void {
  const [run] = runs;
  if (!run || runs.length !== 1) throw badPack(`a pack of one run holds ${runs.length}`);
  if (canonicalJson(scope) !== canonicalJson(scopeOf(run))) throw badPack('its scope is not that of its run');
}

function checkOwners(content: PackContent): void {
  const owners = [...artefactsOf(content), ...messagesOf(content)].map(({ owner }) => owner);
  if (new Set(owners).size !== owners.length) throw badPack('a body is there twice');
  const stranger = content.episodes.find(({ owner }) => !/^epi_[0-9a-f]{32}$/.test(owner));
  if (stranger) throw badPack(`${stranger.owner} is no episode`);
  for (const { medallion_id, versions, evidence } of content.medallions)
    for (const { owner } of [...versions, ...evidence])
      if (!owner.startsWith(`${medallion_id}/`))
        throw badPack(`${owner} lies in the file of ${medallion_id}`);
}

const scopeOf = ({ graph_nodes, tags }: PackedRun): Scope => ({ graph_nodes, tags });

/** Where a run's history is whole, its working set and scope must be what the history gives. */
function checkStates({ manifest, streams, workingSets }: PackContent): void {
  for (const run of manifest.runs) {
    const { run_id } = run;
    const lines = streams.get(runStream(run_id)) ?? [];
    if (lines.some(({ body }) => body === null)) continue;
    const folded = fold(run_id, lines);
    if (canonicalJson(folded?.working_set ?? null) !== canonicalJson(workingSets.get(run_id)))
      throw badPack(`the working set of ${run_id} is not what its history gives`);
    if (canonicalJson(folded?.scope ?? null) !== canonicalJson(scopeOf(run)))
      throw badPack(`the scope of ${run_id} is not what its history gives`);
  }
}

/** Hashes say nothing of sense: a history somebody made up may hold anything. */
function fold(runId: string, lines: readonly LedgerLine[]): FoldedRun | undefined {
  try {
    return foldRun(
      lines.flatMap(({ sequence, type, at, body }) =>
        isEventType(type) ? [{ sequence, type, at, content: canonicalJson(body) }] : [],
      ),
    );
  } catch (error) {
    throw badPack(`the history of ${runId} makes no sense`, error);
  }
}
