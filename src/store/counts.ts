import type { ScopeFilter } from '../schema/scope.js';
import { inScope } from './scopes.js';
import { sql } from './sql.js';
import type { Reader } from './store.js';

/** How many there are in a scope of each noun but memories. Runs are open until they are done or failed. */
export const countNouns = (reader: Reader, scope: ScopeFilter): Promise<{ noun: string; count: number }[]> =>
  reader.all(sql`
    select 'medallions' as noun, count(*) as count from medallion m
    where m.namespace = ${reader.namespace} and m.status = 'active' and ${inScope(reader.namespace, sql`m.scope_id`, scope)}
    union all select 'open_runs', count(*) from run r
    where r.namespace = ${reader.namespace} and r.status not in ('DONE', 'FAILED') and ${inScope(reader.namespace, sql`r.scope_id`, scope)}
    union all select 'ended_runs', count(*) from run r
    where r.namespace = ${reader.namespace} and r.status in ('DONE', 'FAILED') and ${inScope(reader.namespace, sql`r.scope_id`, scope)}
    union all select 'sessions', count(*) from session s
    where s.namespace = ${reader.namespace} and ${inScope(reader.namespace, sql`s.scope_id`, scope)}
    union all select 'episodes', count(*) from episode p join run r on r.namespace = p.namespace and r.id = p.run_id
    where p.namespace = ${reader.namespace} and ${inScope(reader.namespace, sql`r.scope_id`, scope)}
    union all select 'summaries', count(*) from summary u join session s on s.namespace = u.namespace and s.id = u.session_id
    where u.namespace = ${reader.namespace} and u.ended_at is null and ${inScope(reader.namespace, sql`s.scope_id`, scope)}
    union all select 'blobs', count(*) from blob b
    where b.namespace = ${reader.namespace} and ${inScope(reader.namespace, sql`b.scope_id`, scope)}`);
