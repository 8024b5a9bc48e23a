import { known } from '../memory/known.js';
import { changeOf } from '../memory/portable.js';
import { proposeWithin } from '../memory/propose.js';
import { streamOf } from '../run/parts.js';
import type { Call } from '../schema/call.js';
import type { ProposedChange } from '../schema/memory.js';
import type { PackedRun } from '../schema/pack.js';
import type { WorkingSet } from '../schema/working-set.js';
import { describeWritten } from '../scope.js';
import { importBySha256 } from '../store/imports.js';
import type { Writer } from '../store/store.js';
import { type Redaction, redact } from '../text/redact.js';
import { type CountTokens, tokenCounter } from '../text/tokens.js';
import { aliasTable, idsOf } from './aliases.js';
import { asRefusal, badPack } from './bad-pack.js';
import { beginImported } from './begin.js';
import { artefactsOf, messagesOf, type PackContent } from './content.js';
import { earlierRuns } from './earlier.js';
import type { Counts, PackImported, Prepared } from './imported.js';
import { comingFrom, type Striking, strikeImported } from './medallions.js';
import { packUri } from './origins.js';
import type { Parts } from './parts.js';
import { readPack } from './read-pack.js';
import { manifestHash } from './render.js';
import { ownOf, retain, retainedFrom } from './retain.js';
import { type ComingTalks, comingTalks, placeTalks } from './talks.js';
import type { Files } from './zip.js';

const BATCH = 100;

/** Verifies a pack and looks up all that needs waiting for, so that writing it waits for nothing. */
export async function preparePack(parts: Parts, files: Files, call: Call): Promise<Prepared> {
  const content = readPack(files);
  const sets = await asRefusal(() => redact([...content.workingSets.values()], parts.options.redact));
  const memories = await asRefusal(() => newMemories(parts, content, call));
  const coming = await asRefusal(() => redact(comingFrom(content.medallions), parts.options.redact));
  const talks = await asRefusal(() => comingTalks(parts, content));
  const sha256 = manifestHash(content.manifest);
  const runIds = [...content.workingSets.keys()];
  const plan: Plan = {
    content,
    sha256,
    workingSets: new Map(sets.value.map((set, index) => [runIds[index] ?? '', set])),
    additions: memories.additions,
    coming: coming.value,
    talks,
    count: await tokenCounter(),
    call,
  };
  return {
    sha256,
    redactions: [...sets.redactions, ...coming.redactions, ...memories.redactions, ...talks.redactions],
    write: writer => asRefusal(() => writePack(parts, writer, plan)),
  };
}

type Plan = {
  readonly content: PackContent;
  readonly sha256: string;
  readonly workingSets: ReadonlyMap<string, WorkingSet>;
  readonly additions: readonly Addition[];
  readonly coming: ReturnType<typeof comingFrom>;
  readonly talks: ComingTalks;
  readonly count: CountTokens;
  readonly call: Call;
};

type Addition = { readonly foreignId: string; readonly change: ProposedChange };

/** Active memories that nothing active here says already. */
async function newMemories(
  parts: Parts,
  { memories }: PackContent,
  call: Call,
): Promise<{ additions: Addition[]; redactions: readonly Redaction[] }> {
  const active = memories.filter(({ status }) => status === 'active');
  const changes = await redact(active.map(changeOf), parts.options.redact);
  const found = await known(parts, changes.value, call);
  const seen = new Set<string>();
  const additions = changes.value.flatMap((change, index) => {
    const state = found[index];
    const foreignId = active[index]?.id ?? '';
    if (!state || 'problems' in state) throw badPack(`memory ${foreignId}: ${state?.problems.join('; ')}`);
    if (state.id !== undefined || seen.has(state.key)) return [];
    seen.add(state.key);
    return [{ foreignId, change }];
  });
  return { additions, redactions: changes.redactions };
}

async function writePack(parts: Parts, writer: Writer, plan: Plan): Promise<PackImported> {
  const { content, sha256 } = plan;
  const at = parts.sources.now();
  const importId = parts.sources.newId('imp');
  const runs = new Map<string, string>();
  for (const run of content.manifest.runs)
    runs.set(run.run_id, await beginOne(parts, writer, { plan, run, importId, at }));
  const medallions = await strikeAll(parts, writer, { plan, runs, at });
  const memories = await proposeAll(parts, writer, plan);
  const talks = await placeTalks(parts, writer, { coming: plan.talks, content, importId, sha256 });
  const earlier = earlierRuns(content, runs);
  const known = new Map([...earlier, ...runs, ...medallions.ids, ...memories.ids, ...talks.ids]);
  await retainOrigins(parts, writer, { content, known, at });
  await retainOne(parts, writer, { id: importId, sha256, content, known, at });
  const [runId] = runs.values();
  return {
    import_id: importId,
    kind: content.manifest.kind,
    ...(runId !== undefined && runs.size === 1 && { run_id: runId }),
    ...(runs.size > 0 && { run_ids: [...runs.values()] }),
    ...(medallions.created.length > 0 && { medallion_ids: medallions.created }),
    ...(talks.sessions.length > 0 && { session_ids: talks.sessions }),
    ...(memories.batches.length > 0 && { batch_ids: memories.batches }),
    imported: {
      ...counted(content, { medallions, memories: memories.ids.size }),
      sessions: talks.sessions.length,
      messages: plan.talks.talks.reduce((sum, { talk }) => sum + talk.messages.length, 0),
      blobs: plan.talks.blobs.size,
    },
    scope: describeWritten(content.manifest.scope),
  };
}

function counted(
  { streams, workingSets, episodes, origins }: PackContent,
  { medallions: { ids, created }, memories }: { readonly medallions: Placed; readonly memories: number },
): Omit<Counts, 'sessions' | 'messages' | 'blobs'> {
  return {
    runs: workingSets.size,
    events: [...streams.values()].flat().length,
    episodes: episodes.length,
    medallions: created.length,
    kept: ids.size - created.length,
    memories,
    origins: origins.size,
  };
}

/** Local ids by foreign ones, and which of them are new. */
type Placed = { readonly ids: ReadonlyMap<string, string>; readonly created: readonly string[] };

type Keeping = {
  readonly content: PackContent;
  /** What became something here: local ids by foreign ones. */
  readonly known: ReadonlyMap<string, string>;
  readonly at: number;
};

/** What the pack's own runs were imported from is kept as well, once. */
async function retainOrigins(parts: Parts, writer: Writer, { content, ...rest }: Keeping): Promise<void> {
  for (const [sha256, origin] of content.origins) {
    if (await importBySha256(writer, sha256)) continue;
    await retainOne(parts, writer, { ...rest, id: parts.sources.newId('imp'), sha256, content: origin });
  }
}

async function retainOne(
  { sources }: Pick<Parts, 'sources'>,
  writer: Writer,
  { id, sha256, content, known, at }: Keeping & { readonly id: string; readonly sha256: string },
): Promise<void> {
  const aliases = aliasTable(idsIn(content), known, prefix => sources.newId(prefix));
  const { kind } = content.manifest;
  await retain(writer, sources, { ...retainedFrom(content), id, sha256, kind, at, aliases });
}

type Running = {
  readonly plan: Plan;
  readonly run: PackedRun;
  readonly importId: string;
  readonly at: number;
};

async function beginOne(parts: Parts, writer: Writer, { plan, run, importId, at }: Running): Promise<string> {
  const workingSet = plan.workingSets.get(run.run_id);
  if (!workingSet) throw badPack(`the working set of ${run.run_id} is missing`);
  return beginImported(parts, writer, {
    foreignId: run.run_id,
    scope: run,
    workingSet,
    head: plan.content.manifest.heads[streamOf(run.run_id)] ?? null,
    importId,
    sha256: plan.sha256,
    origin: packUri(plan.sha256),
    at,
    count: plan.count,
  });
}

async function strikeAll(
  parts: Parts,
  writer: Writer,
  { plan, ...given }: Pick<Striking, 'runs' | 'at'> & { readonly plan: Plan },
): Promise<Placed> {
  const ids = new Map<string, string>();
  const created: string[] = [];
  const provenance = `Imported from the pack ${plan.sha256}.`;
  for (const { foreignId, ...coming } of plan.coming) {
    const struck = await strikeImported(parts, writer, { ...coming, ...given, provenance });
    ids.set(foreignId, struck.id);
    if (struck.created) created.push(struck.id);
  }
  return { ids, created };
}

async function proposeAll(
  parts: Parts,
  writer: Writer,
  { additions, call }: Plan,
): Promise<{ ids: Map<string, string>; batches: string[] }> {
  const ids = new Map<string, string>();
  const batches: string[] = [];
  for (let start = 0; start < additions.length; start += BATCH) {
    const page = additions.slice(start, start + BATCH);
    const changes = page.map(({ change }) => change);
    const { batch_id, memory_ids } = await proposeWithin(parts, writer, { changes, call });
    batches.push(batch_id);
    for (const [index, { foreignId }] of page.entries()) ids.set(foreignId, memory_ids[index] ?? '');
  }
  return { ids, batches };
}

const idsIn = (content: PackContent): readonly string[] =>
  idsOf([
    ...[...content.streams.values()].flat(),
    ...artefactsOf(content),
    ...messagesOf(content).map(({ owner, content: said }) => [owner, said && JSON.parse(said)]),
    ...content.blobs.map(({ line }) => line),
    ...ownOf(content).values(),
  ]);
