import * as z from 'zod';
import { demandShort } from '../checkpoint/high-level.js';
import { EngineError } from '../errors.js';
import {
  Medallion,
  MedallionDecision,
  OpenQuestion,
  SCHEMA_VERSION,
  Subsystem,
} from '../schema/medallion.js';
import { describeWritten, normalise } from '../scope.js';
import type { Writer } from '../store/store.js';
import { redact } from '../text/redact.js';
import { formatTime, parseTime } from '../text/time.js';
import { aliasTable, idsOf } from './aliases.js';
import { asRefusal, badPack } from './bad-pack.js';
import { NONE, type PackImported, type Prepared } from './imported.js';
import { parsed } from './json.js';
import { strikeImported } from './medallions.js';
import type { Parts } from './parts.js';
import { retain } from './retain.js';

const Texts = z.array(z.string()).nullish();
const Time = z.string().nullish();

/** A medallion.v1 as the program Medallion writes it, or as `fetch` shows one of ours. */
const Foreign = z.object({
  meta: z.object({
    medallion_id: z.string().min(1).max(200),
    schema_version: z.unknown(),
    model: z.string(),
    created_at: z.string(),
    updated_at: z.string(),
    knowledge_min_ts: Time,
    knowledge_max_ts: Time,
  }),
  scope: z.object({ graph_nodes: z.array(z.string()).default([]), tags: z.array(z.string()).default([]) }),
  summary: z.object({ high_level: z.string(), subsystems: z.array(Subsystem).default([]) }),
  decisions: z.array(MedallionDecision).default([]),
  open_questions: z.array(OpenQuestion.extend({ blocked_on: Texts })).default([]),
  affordances: z.object({ recommended_entry_points: Texts, avoid_repeating: Texts, invariants: Texts }),
});
type Foreign = z.output<typeof Foreign>;

/** One medallion as JSON, verified: it becomes the first version of one here, unless its scope has one. */
export async function prepareMedallion(parts: Parts, value: unknown, sha256: string): Promise<Prepared> {
  const foreign = parsed(Foreign, value, 'the medallion');
  const { schema_version } = foreign.meta;
  if (schema_version !== SCHEMA_VERSION)
    throw new EngineError(
      'upgrade_needed',
      `Nothing was imported: the medallion has version ${JSON.stringify(schema_version)}; ${SCHEMA_VERSION} is what can be read.`,
      'Import it with the version of mintmark that wrote it, or a newer one.',
    );
  const kept = { value, medallion: toMedallion(foreign) };
  const clean = await asRefusal(() => redact(kept, parts.options.redact));
  const medallion = parsed(Medallion, clean.value.medallion, 'the medallion');
  await asRefusal(() => demandShort(medallion.summary.high_level));
  return {
    sha256,
    redactions: clean.redactions,
    write: writer =>
      asRefusal(() => writeMedallion(parts, writer, { value: clean.value.value, medallion, sha256 })),
  };
}

function toMedallion({ meta, scope, summary, decisions, open_questions, affordances }: Foreign): unknown {
  const { graph_nodes, tags } = normalise(scope);
  if (graph_nodes.length + tags.length === 0) throw badPack('the medallion has an empty scope');
  return {
    meta: {
      medallion_id: meta.medallion_id,
      schema_version: SCHEMA_VERSION,
      version: 1,
      model: meta.model,
      created_at: timeOf(meta.created_at, 'created_at'),
      updated_at: timeOf(meta.updated_at, 'updated_at'),
      knowledge_min_ts: meta.knowledge_min_ts ? timeOf(meta.knowledge_min_ts, 'knowledge_min_ts') : null,
      knowledge_max_ts: meta.knowledge_max_ts ? timeOf(meta.knowledge_max_ts, 'knowledge_max_ts') : null,
      run_id: null,
      evidence: 'none',
      trust: 'import',
    },
    scope: { graph_nodes, tags },
    summary,
    decisions,
    open_questions: open_questions.map(question => ({ ...question, blocked_on: question.blocked_on ?? [] })),
    resolved_questions: [],
    retracted_decisions: [],
    affordances: {
      recommended_entry_points: affordances.recommended_entry_points ?? [],
      avoid_repeating: affordances.avoid_repeating ?? [],
      invariants: affordances.invariants ?? [],
    },
  };
}

/** Python writes microseconds and may leave out the zone. */
function timeOf(text: string, name: string): string {
  const time = parseTime(text);
  if (time === undefined)
    throw badPack(`${name} is ${JSON.stringify(text.slice(0, 60))}, which is no ISO 8601 time`);
  return formatTime(time);
}

type Writing = { readonly value: unknown; readonly medallion: Medallion; readonly sha256: string };

async function writeMedallion(
  parts: Parts,
  writer: Writer,
  { value, medallion, sha256 }: Writing,
): Promise<PackImported> {
  const at = parts.sources.now();
  const id = parts.sources.newId('imp');
  const foreignId = medallion.meta.medallion_id;
  const struck = await strikeImported(parts, writer, {
    medallion,
    evidence: undefined,
    at,
    provenance: `Imported from medallion ${foreignId}, written by ${medallion.meta.model}.`,
    runs: new Map(),
  });
  const known = new Map([[foreignId, struck.id]]);
  const aliases = aliasTable(idsOf([value]), known, prefix => parts.sources.newId(prefix));
  await retain(writer, parts.sources, {
    id,
    sha256,
    kind: 'medallion',
    at,
    streams: new Map(),
    artefacts: [],
    messages: [],
    own: new Map([['medallion', value]]),
    aliases,
  });
  const [medallions, kept] = struck.created ? [1, 0] : [0, 1];
  return {
    import_id: id,
    kind: 'medallion',
    medallion_ids: [struck.id],
    imported: { ...NONE, medallions, kept },
    scope: describeWritten(medallion.scope),
  };
}
