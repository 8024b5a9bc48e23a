/**
 * Schema 1: ledger, memories and packs, as SQLite's schemas 1 and 4. All namespaces share the tables, so the namespace comes
 * first in every key; texts compare by their bytes. Never edited after a release: the runner compares its checksum.
 */
export const schema1 = `
create table namespace (
  name text collate "C" primary key,
  version bigint not null
);

create table copy_mark (
  namespace text collate "C" primary key,
  mark text collate "C" not null
);

create table counter (
  namespace text collate "C" not null,
  name text collate "C" not null,
  value bigint not null,
  primary key (namespace, name)
);

create table event (
  namespace text collate "C" not null,
  position bigint not null,
  stream text collate "C" not null,
  sequence bigint not null,
  type text collate "C" not null,
  at bigint not null,
  body_hash text collate "C" not null,
  previous_hash text collate "C" not null,
  hash text collate "C" not null,
  primary key (namespace, position),
  unique (namespace, stream, sequence)
);
create index event_by_type on event (namespace, stream, type, sequence);

create table purged (
  namespace text collate "C" not null,
  owner text collate "C" not null,
  stream text collate "C" not null,
  sequence bigint not null,
  primary key (namespace, owner)
);

create table body (
  namespace text collate "C" not null,
  owner text collate "C" not null,
  salt text collate "C" not null,
  hash text collate "C" not null,
  content text collate "C" not null,
  primary key (namespace, owner)
);

create table idempotency (
  namespace text collate "C" not null,
  tool text collate "C" not null,
  key text collate "C" not null,
  arguments_hash text collate "C" not null,
  reply text collate "C" not null,
  at bigint not null,
  hash text collate "C" not null,
  primary key (namespace, tool, key)
);
create index idempotency_by_age on idempotency (namespace, at);

create table scope (
  namespace text collate "C" not null,
  id bigint not null,
  key text collate "C" not null,
  graph_nodes text collate "C" not null,
  tags text collate "C" not null,
  primary key (namespace, id)
);
create unique index scope_by_key on scope (namespace, md5(key));
create index scope_global on scope (namespace, id) where graph_nodes = '[]';
create table scope_node (
  namespace text collate "C" not null,
  node text collate "C" not null,
  scope_id bigint not null,
  primary key (namespace, node, scope_id),
  foreign key (namespace, scope_id) references scope (namespace, id) on delete cascade
);
create table scope_tag (
  namespace text collate "C" not null,
  tag text collate "C" not null,
  scope_id bigint not null,
  primary key (namespace, tag, scope_id),
  foreign key (namespace, scope_id) references scope (namespace, id) on delete cascade
);
create index scope_node_by_scope on scope_node (namespace, scope_id);
create index scope_tag_by_scope on scope_tag (namespace, scope_id);

create table batch (
  namespace text collate "C" not null,
  id text collate "C" not null,
  status text collate "C" not null check (status in ('proposed', 'committed', 'rejected', 'expired')),
  trust text collate "C" not null,
  changes text collate "C" not null,
  created_at bigint not null,
  decided_at bigint,
  primary key (namespace, id)
);
create index batch_by_status on batch (namespace, status, created_at);

create table memory (
  namespace text collate "C" not null,
  number bigint not null,
  id text collate "C" not null,
  batch_id text collate "C" not null,
  type text collate "C" not null,
  status text collate "C" not null check (status in ('proposed', 'active', 'superseded', 'deprecated', 'rejected', 'expired')),
  trust text collate "C" not null,
  importance double precision not null,
  scope_id bigint not null,
  fingerprint text collate "C" not null,
  created_at bigint not null,
  committed_at bigint,
  valid_from bigint,
  valid_to bigint,
  superseded_by text collate "C",
  primary key (namespace, number),
  unique (namespace, id),
  foreign key (namespace, scope_id) references scope (namespace, id)
);
create index memory_by_status on memory (namespace, status, id);
create index memory_by_fingerprint on memory (namespace, fingerprint);
create index memory_by_scope on memory (namespace, scope_id);

create table memory_state (
  namespace text collate "C" not null,
  memory_id text collate "C" not null,
  at bigint not null,
  sequence bigint not null,
  status text collate "C" not null,
  primary key (namespace, memory_id, sequence)
);

create table import (
  namespace text collate "C" not null,
  id text collate "C" not null,
  sha256 text collate "C" not null,
  kind text collate "C" not null check (kind in ('run', 'scope', 'aos', 'medallion')),
  at bigint not null,
  primary key (namespace, id),
  unique (namespace, sha256)
);

create table imported_event (
  namespace text collate "C" not null,
  import_id text collate "C" not null,
  stream text collate "C" not null,
  sequence bigint not null,
  type text collate "C" not null,
  at bigint not null,
  body_hash text collate "C" not null,
  previous_hash text collate "C" not null,
  hash text collate "C" not null,
  primary key (namespace, import_id, stream, sequence)
);

create table imported_body (
  namespace text collate "C" not null,
  import_id text collate "C" not null,
  owner text collate "C" not null,
  hash text collate "C" not null,
  primary key (namespace, import_id, owner)
);

create table alias (
  namespace text collate "C" not null,
  import_id text collate "C" not null,
  foreign_id text collate "C" not null,
  local_id text collate "C" not null,
  primary key (namespace, import_id, foreign_id)
);
create index alias_by_foreign on alias (namespace, foreign_id);
create index alias_by_local on alias (namespace, local_id);
`;
