import { insertRows, pageRows, touchedRows } from '../store/copied-rows.js';
import { columnsOf, EVENTS, TABLES } from '../store/copied-tables.js';
import { eventsSince, lastPosition } from '../store/events.js';
import type { Reader } from '../store/store.js';
import { bringTouched, dropTouched, partsOf } from './changes.js';
import { columnOf } from './sync.js';
import { pageOf, type Target } from './target.js';
import { nothingTouched, type Touched, touchedBy } from './touched.js';

/** Copies some of the events that the target lacks, in their order. Returns how many: none at the end. */
export async function copyEvents(source: Reader, target: Target): Promise<number> {
  const { store, namespace } = target;
  const after = await store.read(namespace, lastPosition);
  const page = await pageRows(source, EVENTS, { after: [after], limit: pageOf(target, EVENTS) });
  if (page.length > 0) await store.write(namespace, writer => insertRows(writer, EVENTS, page));
  return page.length;
}

/**
 * Brings every row that events after a position may have changed to what it is in the source, whether its table was copied
 * already or not. Doing it again changes nothing. Returns the position at which the target stands then.
 */
export async function advance(source: Reader, target: Target, since: number): Promise<number> {
  const position = await lastPosition(source);
  if (position === since) return position;
  const touched = await touchedSince(source, since);
  await touchShownAgain(source, target, touched);
  await touchScopes(source, target, touched);
  while ((await copyEvents(source, target)) > 0);
  // Nothing may be erased before it is named as purged; and what is gone makes room, since scopes and names are unique.
  const [purged, ...others] = TABLES;
  if (purged) await bringTouched(source, target, { table: purged, touched });
  for (const table of others.toReversed()) await dropTouched(source, target, { table, touched });
  for (const table of others) await bringTouched(source, target, { table, touched });
  return position;
}

async function touchedSince(source: Reader, since: number): Promise<Touched> {
  const touched = nothingTouched();
  for await (const event of eventsSince(source, since)) touchedBy(event, touched);
  return touched;
}

/** A medallion is shown again when the one that replaced it is purged, which no event says of it. */
async function touchShownAgain(source: Reader, target: Target, touched: Touched): Promise<void> {
  const ids = await valuesOf(source, target, {
    touched,
    through: 'superseded_by',
    column: table => (table === 'medallion' ? 'id' : 'medallion_id'),
  });
  for (const id of ids) touched.med.add(id);
}

/** Scopes come and go with what lies in them. */
async function touchScopes(source: Reader, target: Target, touched: Touched): Promise<void> {
  const ids = await valuesOf(source, target, { touched, column: () => 'scope_id' });
  for (const id of ids) touched.scope.add(id);
  await touchNamesakes(source, target, touched);
}

/** A scope that went before anything in it was copied is noticed when another takes its key. */
async function touchNamesakes(source: Reader, { store, namespace }: Target, touched: Touched): Promise<void> {
  const table = TABLES.find(({ name }) => name === 'scope');
  if (!table) return;
  for (const part of partsOf(table, touched)) {
    const keys = (await touchedRows(source, table, part)).map(row => String(columnOf(table, row, 'key')));
    const named = { touch: { column: 'key', by: 'owner' }, ids: keys } as const;
    for (const row of await store.read(namespace, reader => touchedRows(reader, table, named)))
      touched.scope.add(Number(row[0]));
  }
}

type Wanted = {
  readonly touched: Touched;
  /** Only rows found by this column. */
  readonly through?: string;
  readonly column: (table: string) => string;
};

/** What stands in a column of the touched rows on both sides, of tables that have it. */
async function valuesOf(
  source: Reader,
  { store, namespace }: Target,
  { touched, through, column }: Wanted,
): Promise<Set<string | number>> {
  const found = new Set<string | number>();
  for (const table of TABLES.filter(({ touched: [first] }) => first?.by !== 'scope')) {
    const name = column(table.name);
    if (!columnsOf(table).includes(name)) continue;
    for (const part of partsOf(table, touched)) {
      if (through !== undefined && part.touch.column !== through) continue;
      const there = await store.read(namespace, reader => touchedRows(reader, table, part));
      for (const row of [...(await touchedRows(source, table, part)), ...there]) {
        const value = columnOf(table, row, name);
        if (typeof value === 'string' || typeof value === 'number') found.add(value);
      }
    }
  }
  return found;
}
