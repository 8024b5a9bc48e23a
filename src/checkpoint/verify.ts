import type { Scope } from '../schema/scope.js';
import { differences, keyed } from '../store/differences.js';
import { type EventWithBody, eventsSince } from '../store/events.js';
import { medallionRows, type NamedRow } from '../store/medallion-rows.js';
import { keysOf } from '../store/medallions.js';
import type { Finding, Reader } from '../store/store.js';
import { canonicalJson } from '../text/hash.js';
import { streamOf } from './strike.js';

/** Compares every row about medallions with what their streams say it must be. Returns what differs. */
export async function verifyMedallions(reader: Reader): Promise<Finding[]> {
  const fold = new MedallionFold();
  for await (const event of eventsSince(reader, 0)) fold.apply(event);
  const name = (row: NamedRow) => row.name;
  const stored = await medallionRows(reader);
  return differences(keyed(stored, name), keyed(fold.rows(), name), { check: 'medallion' });
}

type Payload = {
  readonly medallion_id: string;
  readonly version: number;
  readonly scope: Scope;
  readonly run_id?: string;
  readonly supersedes?: readonly { readonly id: string; readonly version: number }[];
};

type Folded = {
  readonly id: string;
  readonly version: number;
  readonly scope: Scope;
  readonly created_at: number;
  readonly updated_at: number;
};

/** Replays the streams of all medallions in one order. What a purge erased is as if it had never been. */
class MedallionFold {
  readonly #medallions = new Map<string, Folded>();
  readonly #versions: NamedRow[] = [];
  /** By medallion and version, what hid it and when. */
  readonly #hidden = new Map<string, { by: string; at: number }>();

  apply({ stream, type, at, content }: EventWithBody): void {
    if (type !== 'CHECKPOINT' || content === null || !stream.startsWith(streamOf(''))) return;
    const { medallion_id: id, version, scope, run_id, supersedes = [] }: Payload = JSON.parse(content);
    const created_at = this.#medallions.get(id)?.created_at ?? at;
    this.#medallions.set(id, { id, version, scope, created_at, updated_at: at });
    const evidence = `${id}/evidence/${version}`;
    this.#versions.push({ name: `version ${id} ${version}`, at, evidence, run_id: run_id ?? null });
    for (const old of supersedes) this.#hidden.set(`${old.id} ${old.version}`, { by: id, at });
  }

  rows(): NamedRow[] {
    const medallions = [...this.#medallions.values()];
    const known = [...this.#hidden].filter(([name]) => this.#medallions.has(name.split(' ')[0] ?? ''));
    return [
      ...medallions.map(medallion => this.#row(medallion)),
      ...this.#versions,
      ...known.map(([name, { by, at }]) => ({ name: `superseded ${name}`, superseded_by: by, at })),
      ...medallions.filter(medallion => !this.#hiddenBy(medallion)).flatMap(places),
    ];
  }

  #row(medallion: Folded): NamedRow {
    const { id, version, scope, created_at, updated_at } = medallion;
    const superseded_by = this.#hiddenBy(medallion)?.by ?? null;
    const status = superseded_by === null ? 'active' : 'superseded';
    const name = `medallion ${id}`;
    return { name, version, status, superseded_by, created_at, updated_at, scope: canonicalJson(scope) };
  }

  #hiddenBy = ({ id, version }: Folded) => this.#hidden.get(`${id} ${version}`);
}

const places = ({ id, scope, updated_at }: Folded): NamedRow[] =>
  keysOf(scope).map(({ kind, name }) => ({
    name: `newest ${id} ${kind} ${name}`,
    updated_at,
    scope: canonicalJson(scope),
  }));
