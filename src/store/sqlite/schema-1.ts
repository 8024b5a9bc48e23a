/** Schema 1: ledger, bodies, scopes, memories. Never edited after a release: the runner compares its checksum. */
export const schema1 = `
create table event (
  position integer primary key,
  namespace text not null,
  stream text not null,
  sequence integer not null,
  type text not null,
  at integer not null,
  body_hash text not null,
  previous_hash text not null,
  hash text not null,
  unique (namespace, stream, sequence)
) strict;

create trigger event_is_appended before insert on event
when new.sequence <> coalesce((select max(sequence) from event where namespace = new.namespace and stream = new.stream), 0) + 1
  or exists (select 1 from event where position = new.position)
begin select raise(abort, 'the ledger is append-only and has no gaps'); end;
create trigger event_is_not_changed before update on event
begin select raise(abort, 'the ledger is append-only'); end;
create trigger event_is_not_deleted before delete on event
begin select raise(abort, 'the ledger is append-only'); end;

create table purged (
  namespace text not null,
  owner text not null,
  stream text not null,
  sequence integer not null,
  primary key (namespace, owner)
) strict, without rowid;

create trigger purged_names_its_event before insert on purged
when exists (select 1 from purged where namespace = new.namespace and owner = new.owner)
  or not exists (select 1 from event where namespace = new.namespace and stream = new.stream and sequence = new.sequence and type = 'PURGE')
begin select raise(abort, 'only a PURGE event purges'); end;
create trigger purged_is_not_changed before update on purged
begin select raise(abort, 'what is purged stays purged'); end;
create trigger purged_is_not_deleted before delete on purged
begin select raise(abort, 'what is purged stays purged'); end;

create table body (
  number integer primary key,
  namespace text not null,
  owner text not null,
  salt text not null,
  hash text not null,
  content text not null,
  unique (namespace, owner)
) strict;

create trigger body_is_new before insert on body
when exists (select 1 from body where namespace = new.namespace and owner = new.owner)
  or exists (select 1 from body where number = new.number)
  or exists (select 1 from purged where namespace = new.namespace and owner = new.owner)
begin select raise(abort, 'a body is written once'); end;
create trigger body_is_not_changed before update on body
begin select raise(abort, 'a body is never changed'); end;
create trigger body_is_only_purged before delete on body
when not exists (select 1 from purged where namespace = old.namespace and owner = old.owner)
begin select raise(abort, 'a body is deleted only under a PURGE event'); end;

create table idempotency (
  namespace text not null,
  tool text not null,
  key text not null,
  arguments_hash text not null,
  reply text not null,
  at integer not null,
  hash text not null,
  primary key (namespace, tool, key)
) strict;
create index idempotency_by_age on idempotency (namespace, at);

create table scope (
  id integer primary key,
  namespace text not null,
  key text not null,
  graph_nodes text not null,
  tags text not null,
  unique (namespace, key)
) strict;
create index scope_global on scope (namespace) where graph_nodes = '[]';
create table scope_node (
  namespace text not null,
  node text not null,
  scope_id integer not null references scope (id) on delete cascade,
  primary key (namespace, node, scope_id)
) strict, without rowid;
create table scope_tag (
  namespace text not null,
  tag text not null,
  scope_id integer not null references scope (id) on delete cascade,
  primary key (namespace, tag, scope_id)
) strict, without rowid;
create index scope_node_by_scope on scope_node (scope_id);
create index scope_tag_by_scope on scope_tag (scope_id);

create table batch (
  namespace text not null,
  id text not null,
  status text not null check (status in ('proposed', 'committed', 'rejected', 'expired')),
  trust text not null,
  changes text not null,
  created_at integer not null,
  decided_at integer,
  primary key (namespace, id)
) strict;
create index batch_by_status on batch (namespace, status, created_at);

create table memory (
  number integer primary key,
  namespace text not null,
  id text not null,
  batch_id text not null,
  type text not null,
  status text not null check (status in ('proposed', 'active', 'superseded', 'deprecated', 'rejected', 'expired')),
  trust text not null,
  importance real not null,
  scope_id integer not null references scope (id),
  fingerprint text not null,
  created_at integer not null,
  committed_at integer,
  valid_from integer,
  valid_to integer,
  superseded_by text,
  unique (namespace, id)
) strict;
create index memory_by_status on memory (namespace, status, id);
create index memory_by_fingerprint on memory (namespace, fingerprint);
create index memory_by_scope on memory (scope_id);

create table memory_state (
  namespace text not null,
  memory_id text not null,
  at integer not null,
  sequence integer not null,
  status text not null,
  primary key (namespace, memory_id, sequence)
) strict, without rowid;

create virtual table memory_text using fts5 (own, context, scope, tokenize = 'porter ascii');
insert into memory_text (memory_text, rank) values ('rank', 'bm25(1.0, 0.5, 0.0)');
insert into memory_text (memory_text, rank) values ('secure-delete', 1);
create virtual table memory_term using fts5vocab (memory_text, 'row');

-- Every row shares its namespace. Unless the planner is told so it prefers an index by namespace, and visits every row.
analyze sqlite_schema;
insert into sqlite_stat1 (tbl, idx, stat) values
  ('memory', 'sqlite_autoindex_memory_1', '100000 100000 1'),
  ('memory', 'memory_by_status', '100000 100000 20000 1'),
  ('memory', 'memory_by_fingerprint', '100000 100000 1'),
  ('memory', 'memory_by_scope', '100000 1000'),
  ('batch', 'sqlite_autoindex_batch_1', '50000 50000 1'),
  ('batch', 'batch_by_status', '50000 50000 10000 1'),
  ('scope', 'sqlite_autoindex_scope_1', '1000 1000 1'),
  ('scope', 'scope_global', '10 10'),
  ('scope_node', 'scope_node', '2000 2000 20 1'),
  ('scope_node', 'scope_node_by_scope', '2000 2'),
  ('scope_tag', 'scope_tag', '2000 2000 20 1'),
  ('scope_tag', 'scope_tag_by_scope', '2000 2');
analyze sqlite_schema;
`;
