/** Schema 2: runs, medallions, sessions, blobs, and who may call, as SQLite's schemas 2 to 12. Never edited after a release. */
export const schema2 = `
create table run (
  namespace text collate "C" not null,
  id text collate "C" not null,
  external_id text collate "C",
  scope_id bigint not null,
  status text collate "C" not null,
  trust text collate "C" not null,
  seq bigint not null,
  working_set text collate "C" not null,
  origin text collate "C",
  created_at bigint not null,
  updated_at bigint not null,
  primary key (namespace, id),
  foreign key (namespace, scope_id) references scope (namespace, id)
);
create unique index run_by_external_id on run (namespace, external_id) where external_id is not null;
create index run_by_scope on run (namespace, scope_id);
create index run_open_by_time on run (namespace, updated_at, id) where status not in ('DONE', 'FAILED');

create table episode (
  namespace text collate "C" not null,
  id text collate "C" not null,
  run_id text collate "C" not null,
  number bigint not null,
  created_at bigint not null,
  hash text collate "C" not null,
  primary key (namespace, id),
  unique (namespace, run_id, number),
  foreign key (namespace, run_id) references run (namespace, id)
);

create table medallion (
  namespace text collate "C" not null,
  id text collate "C" not null,
  scope_id bigint not null,
  version bigint not null,
  status text collate "C" not null check (status in ('active', 'superseded')),
  superseded_by text collate "C",
  created_at bigint not null,
  updated_at bigint not null,
  primary key (namespace, id),
  unique (namespace, scope_id),
  foreign key (namespace, scope_id) references scope (namespace, id)
);

create table medallion_version (
  namespace text collate "C" not null,
  medallion_id text collate "C" not null,
  version bigint not null,
  at bigint not null,
  evidence text collate "C" not null,
  run_id text collate "C",
  primary key (namespace, medallion_id, version)
);

create table medallion_superseded (
  namespace text collate "C" not null,
  medallion_id text collate "C" not null,
  version bigint not null,
  superseded_by text collate "C" not null,
  at bigint not null,
  primary key (namespace, medallion_id, version)
);
create index medallion_superseded_by on medallion_superseded (namespace, superseded_by);

create table medallion_newest (
  namespace text collate "C" not null,
  kind text collate "C" not null check (kind in ('all', 'node', 'tag')),
  name text collate "C" not null,
  updated_at bigint not null,
  medallion_id text collate "C" not null,
  scope_id bigint not null,
  primary key (namespace, kind, name, updated_at, medallion_id)
);
create index medallion_newest_by_medallion on medallion_newest (namespace, medallion_id);

create table session (
  namespace text collate "C" not null,
  id text collate "C" not null,
  external_id text collate "C",
  scope_id bigint not null,
  trust text collate "C" not null,
  model text collate "C",
  context_limit bigint,
  max_output bigint,
  last_sequence bigint not null,
  created_at bigint not null,
  updated_at bigint not null,
  hidden_at bigint,
  primary key (namespace, id),
  foreign key (namespace, scope_id) references scope (namespace, id)
);
create unique index session_by_external_id on session (namespace, external_id) where external_id is not null;
create index session_by_scope on session (namespace, scope_id);

create table message (
  namespace text collate "C" not null,
  id text collate "C" not null,
  session_id text collate "C" not null,
  sequence bigint not null,
  client_id text collate "C",
  role text collate "C" not null check (role in ('system', 'user', 'assistant', 'tool')),
  name text collate "C",
  timestamp text collate "C",
  tokens bigint not null,
  tokenizer text collate "C" not null,
  calls bigint not null,
  created_at bigint not null,
  hidden_at bigint,
  primary key (namespace, id),
  unique (namespace, session_id, sequence),
  foreign key (namespace, session_id) references session (namespace, id)
);
create unique index message_by_client_id on message (namespace, session_id, client_id)
  where client_id is not null and hidden_at is null;
create index message_visible on message (namespace, session_id, sequence) where hidden_at is null;
create index message_tokens on message (namespace, session_id, tokenizer) include (tokens) where hidden_at is null;
create index message_with_calls on message (namespace, session_id, sequence) where calls > 0 and hidden_at is null;

create table blob (
  namespace text collate "C" not null,
  id text collate "C" not null,
  sequence bigint not null,
  sha256 text collate "C" not null,
  scope_id bigint not null,
  session_id text collate "C",
  name text collate "C" not null,
  mime text collate "C",
  kind text collate "C" not null,
  bytes bigint not null,
  tokens bigint not null,
  created_at bigint not null,
  primary key (namespace, id),
  unique (namespace, sha256),
  foreign key (namespace, scope_id) references scope (namespace, id)
);
create index blob_by_scope on blob (namespace, scope_id);

create table blob_use (
  namespace text collate "C" not null,
  blob_id text collate "C" not null,
  owner text collate "C" not null,
  primary key (namespace, blob_id, owner),
  foreign key (namespace, blob_id) references blob (namespace, id)
);
create index blob_use_by_owner on blob_use (namespace, owner);

create table summary (
  namespace text collate "C" not null,
  id text collate "C" not null,
  session_id text collate "C" not null,
  level bigint not null check (level in (1, 2, 3)),
  first_sequence bigint not null,
  last_sequence bigint not null check (last_sequence >= first_sequence),
  covers text collate "C" not null check (json_typeof(covers::json) = 'array'),
  parents text collate "C" not null check (json_typeof(parents::json) = 'array'),
  covered_tokens bigint not null,
  tokens bigint not null,
  tokenizer text collate "C" not null,
  created_at bigint not null,
  ended_at bigint,
  primary key (namespace, id),
  foreign key (namespace, session_id) references session (namespace, id)
);
create index summary_by_session on summary (namespace, session_id);

create table writer_call (
  namespace text collate "C" not null,
  id bigint not null,
  at bigint not null,
  primary key (namespace, id)
);
create index writer_call_by_time on writer_call (namespace, at);

create table writer_claim (
  namespace text collate "C" not null,
  subject text collate "C" not null,
  attempts bigint not null,
  until bigint not null,
  at_work bigint not null check (at_work in (0, 1)),
  primary key (namespace, subject)
);

create table access_token (
  namespace text collate "C" not null,
  id text collate "C" not null,
  hash text collate "C" not null unique,
  label text collate "C" not null,
  opens text collate "C" not null,
  permissions text collate "C" not null,
  home text collate "C" not null,
  created_at bigint not null,
  expires_at bigint,
  revoked_at bigint,
  primary key (namespace, id)
);
`;
