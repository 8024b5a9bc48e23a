/** Schema 2: runs, working sets, episodes. Never edited after a release. */
export const schema2 = `
create table run (
  namespace text not null,
  id text not null,
  external_id text,
  scope_id integer not null references scope (id),
  status text not null,
  trust text not null,
  seq integer not null,
  working_set text not null,
  origin text,
  created_at integer not null,
  updated_at integer not null,
  primary key (namespace, id)
) strict;
create unique index run_by_external_id on run (namespace, external_id) where external_id is not null;
create index run_by_scope on run (scope_id);
create index run_open_by_scope on run (scope_id) where status not in ('DONE', 'FAILED');
create index run_open_by_time on run (namespace, updated_at, id) where status not in ('DONE', 'FAILED');

create table episode (
  namespace text not null,
  id text not null,
  run_id text not null,
  number integer not null,
  created_at integer not null,
  hash text not null,
  primary key (namespace, id),
  unique (namespace, run_id, number),
  foreign key (namespace, run_id) references run (namespace, id)
) strict;

create trigger episode_is_new before insert on episode
when exists (select 1 from episode where namespace = new.namespace and (id = new.id or (run_id = new.run_id and number = new.number)))
  or exists (select 1 from purged where namespace = new.namespace and owner = new.id)
begin select raise(abort, 'an episode is written once'); end;
create trigger episode_is_not_changed before update on episode
begin select raise(abort, 'an episode is never changed'); end;
create trigger episode_is_only_purged before delete on episode
when not exists (select 1 from purged where namespace = old.namespace and owner = old.id)
begin select raise(abort, 'an episode is deleted only under a PURGE event'); end;

create index event_by_type on event (namespace, stream, type, sequence);

-- As in schema 1: the planner must know that the namespace selects nothing.
insert into sqlite_stat1 (tbl, idx, stat) values
  ('run', 'sqlite_autoindex_run_1', '10000 10000 1'),
  ('run', 'run_by_external_id', '5000 5000 1'),
  ('run', 'run_by_scope', '10000 100'),
  ('run', 'run_open_by_scope', '1000 10'),
  ('run', 'run_open_by_time', '1000 1000 1 1'),
  ('episode', 'sqlite_autoindex_episode_1', '50000 50000 1'),
  ('episode', 'sqlite_autoindex_episode_2', '50000 50000 5 1'),
  ('event', 'sqlite_autoindex_event_1', '1000000 1000000 100 1'),
  ('event', 'event_by_type', '1000000 1000000 100 20 1');
analyze sqlite_schema;
`;
