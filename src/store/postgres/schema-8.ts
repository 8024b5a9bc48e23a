/** Tables of which a transaction reaches the rows of its own namespace alone, whoever owns them. */
const BOUND = `access_token alias batch blob blob_use body copy_mark counter episode event idempotency import
  imported_body imported_event medallion medallion_newest medallion_superseded medallion_version memory memory_state
  memory_text message passage passage_text purged run scope scope_node scope_tag session summary text_word unindexed
  vector_claim vector_feed vector_gone vector_model vector_near vector_progress vector_row writer_call writer_claim`.split(
  /\s+/,
);

/**
 * Without the setting it is no namespace's name. Where a statement names its namespace the two are compared once, before
 * rows are read; as a subselect it would be planned for every table of every statement.
 */
const OWN = `current_setting('mintmark.namespace', true)`;

const bound = (table: string): string => `
alter table ${table} enable row level security, force row level security;
create policy own_rows on ${table} using (namespace = ${OWN});`;

/** Which names there are is no secret among namespaces: the server lists them. None is ever deleted. */
const NAMES = `
alter table namespace enable row level security, force row level security;
create policy every_name on namespace for select using (true);
create policy own_name on namespace for insert with check (name = ${OWN});
create policy own_version on namespace for update using (name = ${OWN});
`;

/**
 * Words are matched by what PostgreSQL does not trust with the rows of others (it is not leakproof), so behind a policy
 * their index is of no use. The owner may read all texts, and everybody searches through his view, which says itself whose
 * rows it shows, looked up once for all of them. The namespace is no way to the rows there: their words are, and to
 * follow both costs more.
 */
const searched = (family: 'memory' | 'passage'): string => `
create view ${family}_terms as
  select namespace, number, terms, length from ${family}_text where namespace || '' = (select ${OWN});
do $$
declare owner text := (select relowner::regrole from pg_class where oid = '${family}_text'::regclass);
begin
  execute format('create policy every_row_of_its_owner on ${family}_text for select to %s using (true)', owner);
  execute format('alter view ${family}_terms owner to %s', owner);
end $$;
`;

/** md5 is not trusted with them either: as a column it is compared as any text is. */
const SCOPES = `
alter table scope add column digest text collate "C" not null generated always as (md5(key)) stored;
drop index scope_by_key;
create unique index scope_by_key on scope (namespace, digest);
`;

/**
 * Schema 8: row security. \`mintmark.namespace\`, local to each transaction, says whose rows there are; what forgets to ask
 * for its namespace's gets them all the same, and no other's. Only superusers and roles with BYPASSRLS see all.
 *
 * A later step that changes rows is bound as well: it does so for each name in \`namespace\` after \`set_config\`, or between
 * \`alter table … no force row level security\` and \`force\`. Never edited after a release.
 */
export const schema8 = [SCOPES, ...BOUND.map(bound), NAMES, searched('memory'), searched('passage')].join('');
