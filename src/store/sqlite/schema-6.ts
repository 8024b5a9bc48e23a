/** Schema 6: blobs. What a row repeats of its body can be listed; the bytes lie in the body. Never edited after a release. */
export const schema6 = `
create table blob (
  namespace text not null,
  id text not null,
  sequence integer not null,
  sha256 text not null,
  scope_id integer not null references scope (id),
  session_id text,
  name text not null,
  mime text,
  kind text not null,
  bytes integer not null,
  tokens integer not null,
  created_at integer not null,
  primary key (namespace, id),
  unique (namespace, sha256)
) strict;
create index blob_by_scope on blob (scope_id);

create trigger blob_is_new before insert on blob
when exists (select 1 from blob where namespace = new.namespace and (id = new.id or sha256 = new.sha256))
  or exists (select 1 from purged where namespace = new.namespace and owner = new.id)
begin select raise(abort, 'a blob is written once'); end;
create trigger blob_is_not_changed before update on blob
begin select raise(abort, 'a blob is never changed'); end;
create trigger blob_is_only_purged before delete on blob
when not exists (select 1 from purged where namespace = old.namespace and owner = old.id)
begin select raise(abort, 'a blob is deleted only under a PURGE event'); end;

-- As in schema 1: the planner must know that the namespace selects nothing.
insert into sqlite_stat1 (tbl, idx, stat) values
  ('blob', 'sqlite_autoindex_blob_1', '10000 10000 1'),
  ('blob', 'sqlite_autoindex_blob_2', '10000 10000 1'),
  ('blob', 'blob_by_scope', '10000 100');
analyze sqlite_schema;
`;
