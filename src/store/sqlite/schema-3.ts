/** Schema 3: medallions, their versions. Never edited after a release. */
export const schema3 = `
create table medallion (
  namespace text not null,
  id text not null,
  scope_id integer not null references scope (id),
  version integer not null,
  status text not null check (status in ('active', 'superseded')),
  superseded_by text,
  created_at integer not null,
  updated_at integer not null,
  primary key (namespace, id),
  unique (scope_id, namespace)
) strict, without rowid;

create table medallion_version (
  namespace text not null,
  medallion_id text not null,
  version integer not null,
  at integer not null,
  evidence text not null,
  run_id text,
  primary key (namespace, medallion_id, version)
) strict, without rowid;

create trigger medallion_version_is_next before insert on medallion_version
when new.version <> coalesce((select max(version) from medallion_version where namespace = new.namespace and medallion_id = new.medallion_id), 0) + 1
begin select raise(abort, 'the versions of a medallion have no gaps'); end;
create trigger medallion_version_is_not_changed before update on medallion_version
begin select raise(abort, 'a version of a medallion is never changed'); end;
create trigger medallion_version_is_only_purged before delete on medallion_version
when not exists (select 1 from purged where namespace = old.namespace and owner = old.medallion_id || '/v/' || old.version)
begin select raise(abort, 'a version of a medallion is deleted only under a PURGE event'); end;

create table medallion_superseded (
  namespace text not null,
  medallion_id text not null,
  version integer not null,
  superseded_by text not null,
  at integer not null,
  primary key (namespace, medallion_id, version)
) strict, without rowid;
create index medallion_superseded_by on medallion_superseded (namespace, superseded_by);

-- What a load walks, newest first: for each active medallion a row of kind 'all', one a node ('' for none), one a tag.
create table medallion_newest (
  namespace text not null,
  kind text not null check (kind in ('all', 'node', 'tag')),
  name text not null,
  updated_at integer not null,
  medallion_id text not null,
  scope_id integer not null,
  primary key (namespace, kind, name, updated_at, medallion_id)
) strict, without rowid;
create index medallion_newest_by_medallion on medallion_newest (namespace, medallion_id);

-- As in schema 1: every row shares its namespace, which the planner has to be told.
insert into sqlite_stat1 (tbl, idx, stat) values
  ('medallion', 'medallion', '100000 100000 1'),
  ('medallion', 'sqlite_autoindex_medallion_2', '100000 1 1'),
  ('medallion_version', 'medallion_version', '500000 500000 5 1'),
  ('medallion_superseded', 'medallion_superseded', '10000 10000 1 1'),
  ('medallion_superseded', 'medallion_superseded_by', '10000 10000 2'),
  ('medallion_newest', 'medallion_newest', '300000 300000 100000 30 1 1'),
  ('medallion_newest', 'medallion_newest_by_medallion', '300000 300000 3');
analyze sqlite_schema;
`;
