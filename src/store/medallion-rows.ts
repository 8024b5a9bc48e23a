import { sql } from './sql.js';
import type { Reader } from './store.js';

/** Every row about medallions as it lies there, under a name, for checks against the ledger. */
export type NamedRow = { readonly name: string } & Readonly<Record<string, string | number | null>>;

/** One list of rows for each table; two rows of a list never share a name. */
export const medallionRows = async (reader: Reader): Promise<NamedRow[]> => [
  ...(await reader.all<NamedRow>(sql`
    select 'medallion ' || m.id as name, m.version, m.status, m.superseded_by, m.created_at, m.updated_at, s.key as scope
    from medallion m left join scope s on s.namespace = m.namespace and s.id = m.scope_id where m.namespace = ${reader.namespace}`)),
  ...(await reader.all<NamedRow>(sql`
    select 'version ' || medallion_id || ' ' || version as name, at, evidence, run_id
    from medallion_version where namespace = ${reader.namespace}`)),
  ...(await reader.all<NamedRow>(sql`
    select 'superseded ' || medallion_id || ' ' || version as name, superseded_by, at
    from medallion_superseded where namespace = ${reader.namespace}`)),
  ...(await reader.all<NamedRow>(sql`
    select 'newest ' || k.medallion_id || ' ' || k.kind || ' ' || k.name as name, k.updated_at, s.key as scope
    from medallion_newest k left join scope s on s.namespace = k.namespace and s.id = k.scope_id where k.namespace = ${reader.namespace}`)),
];
