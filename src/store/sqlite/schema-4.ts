/** Schema 4: imported packs. Never edited after a release. */
export const schema4 = `
create table import (
  namespace text not null,
  id text not null,
  sha256 text not null,
  kind text not null check (kind in ('run', 'scope', 'aos', 'medallion')),
  at integer not null,
  primary key (namespace, id),
  unique (namespace, sha256)
) strict, without rowid;
create trigger import_is_new before insert on import
when exists (select 1 from import where namespace = new.namespace and (id = new.id or sha256 = new.sha256))
begin select raise(abort, 'a pack is imported once'); end;
create trigger import_is_not_changed before update on import
begin select raise(abort, 'an import is never changed'); end;
create trigger import_is_not_deleted before delete on import
begin select raise(abort, 'an import is never deleted'); end;

create table imported_event (
  namespace text not null,
  import_id text not null,
  stream text not null,
  sequence integer not null,
  type text not null,
  at integer not null,
  body_hash text not null,
  previous_hash text not null,
  hash text not null,
  primary key (namespace, import_id, stream, sequence)
) strict, without rowid;
create trigger imported_event_is_appended before insert on imported_event
when new.sequence <> coalesce((select max(sequence) from imported_event
  where namespace = new.namespace and import_id = new.import_id and stream = new.stream), 0) + 1
begin select raise(abort, 'an imported stream has no gaps'); end;
create trigger imported_event_is_not_changed before update on imported_event
begin select raise(abort, 'an imported stream is never changed'); end;
create trigger imported_event_is_not_deleted before delete on imported_event
begin select raise(abort, 'an imported stream is never deleted'); end;

create table imported_body (
  namespace text not null,
  import_id text not null,
  owner text not null,
  hash text not null,
  primary key (namespace, import_id, owner)
) strict, without rowid;
create trigger imported_body_is_new before insert on imported_body
when exists (select 1 from imported_body where namespace = new.namespace and import_id = new.import_id and owner = new.owner)
begin select raise(abort, 'an imported body is written once'); end;
create trigger imported_body_is_not_changed before update on imported_body
begin select raise(abort, 'an imported body is never changed'); end;
create trigger imported_body_is_not_deleted before delete on imported_body
begin select raise(abort, 'an imported body is never deleted'); end;

create table alias (
  namespace text not null,
  import_id text not null,
  foreign_id text not null,
  local_id text not null,
  primary key (namespace, import_id, foreign_id)
) strict, without rowid;
create index alias_by_foreign on alias (namespace, foreign_id);
create index alias_by_local on alias (namespace, local_id);
create trigger alias_is_new before insert on alias
when exists (select 1 from alias where namespace = new.namespace and import_id = new.import_id and foreign_id = new.foreign_id)
begin select raise(abort, 'an id is mapped once'); end;
create trigger alias_is_not_changed before update on alias
begin select raise(abort, 'the mapping of an id is never changed'); end;
create trigger alias_is_not_deleted before delete on alias
begin select raise(abort, 'the mapping of an id is never deleted'); end;

insert into sqlite_stat1 (tbl, idx, stat) values
  ('import', 'import', '1000 1000 1'),
  ('import', 'sqlite_autoindex_import_2', '1000 1000 1'),
  ('imported_event', 'imported_event', '1000000 1000000 1000 200 1'),
  ('imported_body', 'imported_body', '100000 100000 100 1'),
  ('alias', 'alias', '100000 100000 100 1'),
  ('alias', 'alias_by_foreign', '100000 100000 2'),
  ('alias', 'alias_by_local', '100000 100000 2');
analyze sqlite_schema;
`;
