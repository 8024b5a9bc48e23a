import type { ScopedPage } from '../schema/listing.js';
import type { Scope } from '../schema/scope.js';
import { type ByPrefix, COMPLETED } from './completing.js';
import { type Into, insertAll } from './insert.js';
import { deletePassages, endPassages } from './passages.js';
import { inScope } from './scopes.js';
import { anyOf, beginsWith, type Sql, sql } from './sql.js';
import type { Reader, Writer } from './store.js';

/** A medallion's row with its scope. Times are Unix milliseconds. */
export type MedallionRow = {
  readonly id: string;
  readonly version: number;
  readonly status: 'active' | 'superseded';
  readonly superseded_by: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly scope: Scope;
};

type Row = Omit<MedallionRow, 'scope'> & { readonly graph_nodes: string; readonly tags: string };

const rows = (reader: Reader, condition: Sql): Promise<MedallionRow[]> =>
  reader
    .all<Row>(sql`
      select m.id, m.version, m.status, m.superseded_by, m.created_at, m.updated_at, s.graph_nodes, s.tags
      from medallion m join scope s on s.namespace = m.namespace and s.id = m.scope_id where m.namespace = ${reader.namespace} and ${condition}`)
    .then(found => found.map(toRow));

/** The medallion of exactly this scope. */
export async function medallionOfScope(reader: Reader, scopeId: number): Promise<MedallionRow | undefined> {
  const [row] = await rows(reader, sql`m.scope_id = ${scopeId}`);
  return row;
}

/** Without those that do not exist, in the order of `ids`. */
export async function findMedallions(reader: Reader, ids: readonly string[]): Promise<MedallionRow[]> {
  const found = new Map((await rows(reader, sql`m.id in ${anyOf(ids)}`)).map(row => [row.id, row]));
  return ids.flatMap(id => found.get(id) ?? []);
}

/** Active ones in order of id, so that a page can go on after the last id seen. */
export const pageMedallions = (
  reader: Reader,
  { afterId = '', limit, scope }: ScopedPage,
): Promise<MedallionRow[]> =>
  rows(
    reader,
    sql`m.status = 'active' and m.id > ${afterId} and ${inScope(reader.namespace, sql`m.scope_id`, scope)}
      order by m.id limit ${limit}`,
  );

/** Active ones whose id, or one of whose graph nodes, begins so; the newest id first. */
export const medallionsWithPrefix: ByPrefix = (reader, prefix, scope) =>
  reader.all(sql`
    select m.id from medallion m
    where m.namespace = ${reader.namespace} and m.status = 'active' and ${inScope(reader.namespace, sql`m.scope_id`, scope)}
      and ((${beginsWith(sql`m.id`, prefix)}) or exists (
        select 1 from scope_node n where n.namespace = m.namespace and n.scope_id = m.scope_id
          and ${beginsWith(sql`n.node`, prefix)}))
    order by m.id desc limit ${COMPLETED}`);

/** Under which its body lies, and as which it is found. */
export const versionOwner = (medallionId: string, version: number): string => `${medallionId}/v/${version}`;

/** A version of a medallion: its text, and when and why it stopped being shown. */
export type VersionRow = {
  readonly version: number;
  readonly at: number;
  readonly evidence: string;
  readonly run_id: string | null;
  readonly superseded_by: string | null;
  readonly superseded_at: number | null;
  /** The Medallion as JSON. */
  readonly content: string;
};

const version = (reader: Reader, id: string, condition: Sql): Promise<VersionRow | undefined> =>
  reader.get(sql`
    select v.version, v.at, v.evidence, v.run_id, s.superseded_by, s.at as superseded_at, b.content
    from medallion_version v
    join body b on b.namespace = v.namespace and b.owner = v.medallion_id || '/v/' || v.version
    left join medallion_superseded s
      on s.namespace = v.namespace and s.medallion_id = v.medallion_id and s.version = v.version
    where v.namespace = ${reader.namespace} and v.medallion_id = ${id} and ${condition}
    order by v.version desc limit 1`);

export const findVersion = (reader: Reader, id: string, number: number): Promise<VersionRow | undefined> =>
  version(reader, id, sql`v.version = ${number}`);

/** The version that was the newest at a time. */
export const versionAt = (reader: Reader, id: string, at: number): Promise<VersionRow | undefined> =>
  version(reader, id, sql`v.at <= ${at}`);

export async function versionNumbers(reader: Reader, id: string): Promise<number[]> {
  const found = await reader.all<{ version: number }>(sql`
    select version from medallion_version where namespace = ${reader.namespace} and medallion_id = ${id} order by version desc`);
  return found.map(row => row.version);
}

/** What a checkpoint's evidence tells of its session, without reading its transcripts. */
export async function sessionSummary(reader: Reader, evidence: string): Promise<string | undefined> {
  const row = await reader.get<{ told: string }>(sql`
    select ${reader.dialect.pieces.jsonText(sql`content`, 'session_summary')} as told
    from body where namespace = ${reader.namespace} and owner = ${evidence}`);
  return row?.told;
}

export type NewVersion = {
  readonly id: string;
  readonly scopeId: number;
  readonly scope: Scope;
  readonly version: number;
  readonly at: number;
  readonly evidence: string;
  readonly runId: string | null;
};

/** Makes a version the current one, of a new medallion when it is the first. A superseded medallion is shown again. */
export async function insertVersion(writer: Writer, added: NewVersion): Promise<void> {
  const { id, scopeId, version: number, at } = added;
  if (number === 1)
    await writer.run(sql`
      insert into medallion values (${writer.namespace}, ${id}, ${scopeId}, 1, 'active', null, ${at}, ${at})`);
  else
    await writer.run(sql`
      update medallion set version = ${number}, status = 'active', superseded_by = null, updated_at = ${at}
      where namespace = ${writer.namespace} and id = ${id}`);
  await writer.run(sql`
    insert into medallion_version values (${writer.namespace}, ${id}, ${number}, ${at}, ${added.evidence}, ${added.runId})`);
  await endPassages(writer, [versionOwner(id, number - 1)], at);
  await hide(writer, id);
  await show(writer, { id, scopeId, scope: added.scope, at });
}

export type Superseding = {
  readonly id: string;
  readonly version: number;
  readonly by: string;
  readonly at: number;
};

/** Hides a medallion from load, until a checkpoint makes its next version. */
export async function supersedeMedallion(
  writer: Writer,
  { id, version: number, by, at }: Superseding,
): Promise<void> {
  await writer.run(sql`
    update medallion set status = 'superseded', superseded_by = ${by} where namespace = ${writer.namespace} and id = ${id}`);
  await writer.run(
    sql`insert into medallion_superseded values (${writer.namespace}, ${id}, ${number}, ${by}, ${at})`,
  );
  await endPassages(writer, [versionOwner(id, number)], at);
  await hide(writer, id);
}

/** Deletes the rows of medallions whose bodies were purged, and shows again what only they had superseded. */
export async function deleteMedallions(writer: Writer, ids: readonly string[]): Promise<void> {
  const { namespace } = writer;
  for (const id of ids) await hide(writer, id);
  await deletePassages(writer, await versionOwners(writer, ids));
  await unendSuperseded(writer, ids);
  await writer.run(
    sql`delete from medallion_superseded where namespace = ${namespace} and (medallion_id in ${anyOf(ids)} or superseded_by in ${anyOf(ids)})`,
  );
  await writer.run(
    sql`delete from medallion_version where namespace = ${namespace} and medallion_id in ${anyOf(ids)}`,
  );
  await writer.run(sql`delete from medallion where namespace = ${namespace} and id in ${anyOf(ids)}`);
  await unhide(writer, ids);
}

async function versionOwners(reader: Reader, ids: readonly string[]): Promise<string[]> {
  const found = await reader.all<{ owner: string }>(sql`
    select medallion_id || '/v/' || version as owner from medallion_version
    where namespace = ${reader.namespace} and medallion_id in ${anyOf(ids)}`);
  return found.map(({ owner }) => owner);
}

/** What only these had superseded ended with its next version, if there is one, and not before. */
async function unendSuperseded(writer: Writer, purged: readonly string[]): Promise<void> {
  await writer.run(sql`
    update passage set ended_at = (
      select v.at from medallion_superseded s join medallion_version v
        on v.namespace = s.namespace and v.medallion_id = s.medallion_id and v.version = s.version + 1
      where s.namespace = passage.namespace and s.medallion_id || '/v/' || s.version = passage.owner)
    where namespace = ${writer.namespace} and kind = 'medallion' and owner in (
      select medallion_id || '/v/' || version from medallion_superseded
      where namespace = ${writer.namespace} and superseded_by in ${anyOf(purged)})`);
}

async function unhide(writer: Writer, purged: readonly string[]): Promise<void> {
  const { namespace } = writer;
  const freed = await writer.all<Row & { readonly scope_id: number }>(sql`
    select m.id, m.updated_at, m.scope_id, s.graph_nodes, s.tags from medallion m join scope s on s.namespace = m.namespace and s.id = m.scope_id
    where m.namespace = ${namespace} and m.status = 'superseded' and m.superseded_by in ${anyOf(purged)}`);
  for (const { id, scope_id: scopeId, updated_at: at, graph_nodes, tags } of freed) {
    await writer.run(sql`
      update medallion set status = 'active', superseded_by = null where namespace = ${namespace} and id = ${id}`);
    await show(writer, { id, scopeId, at, scope: scopeOf({ graph_nodes, tags }) });
  }
}

const hide = (writer: Writer, id: string): Promise<number> =>
  writer.run(
    sql`delete from medallion_newest where namespace = ${writer.namespace} and medallion_id = ${id}`,
  );

type Place = { readonly id: string; readonly scopeId: number; readonly scope: Scope; readonly at: number };

const NEWEST: Into = {
  table: 'medallion_newest',
  columns: ['kind', 'name', 'updated_at', 'medallion_id', 'scope_id'],
};

const show = (writer: Writer, { id, scopeId, scope, at }: Place): Promise<void> =>
  insertAll(
    writer,
    NEWEST,
    keysOf(scope).map(({ kind, name }) => [kind, name, at, id, scopeId]),
  );

/** What a load may walk in order to find a medallion. */
export type Key = { readonly kind: 'all' | 'node' | 'tag'; readonly name: string };

/** Under which keys a scope is found; a node without a name stands for having none. */
export const keysOf = ({ graph_nodes, tags }: Scope): Key[] => [
  { kind: 'all', name: '' },
  ...(graph_nodes.length === 0 ? [''] : graph_nodes).map(name => ({ kind: 'node', name }) as const),
  ...tags.map(name => ({ kind: 'tag', name }) as const),
];

function scopeOf({ graph_nodes, tags }: Pick<Row, 'graph_nodes' | 'tags'>): Scope {
  const nodes: string[] = JSON.parse(graph_nodes);
  const named: string[] = JSON.parse(tags);
  return { graph_nodes: nodes, tags: named };
}

const toRow = ({ graph_nodes, tags, ...row }: Row): MedallionRow => ({
  ...row,
  scope: scopeOf({ graph_nodes, tags }),
});
