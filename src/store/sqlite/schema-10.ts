/**
 * Schema 10: vectors. They are made from what is stored and can be made again; ids are never given twice, so that what
 * another process has read of them stays true. A vector of no bytes says that there is nothing to compare.
 * Never edited after a release.
 */
export const schema10 = `
create table vector_model (
  id integer primary key autoincrement,
  namespace text not null,
  name text not null,
  dims integer not null check (dims between 1 and 65536),
  state text not null check (state in ('building', 'current', 'old')),
  used_at integer not null
) strict;
create index vector_model_by_name on vector_model (namespace, name);

create table vector_progress (
  namespace text not null,
  model_id integer not null references vector_model (id) on delete cascade,
  family text not null check (family in ('memory', 'passage')),
  upto integer not null,
  primary key (namespace, model_id, family)
) strict, without rowid;

create table vector_claim (
  namespace text not null,
  model_id integer not null references vector_model (id) on delete cascade,
  family text not null,
  first integer not null,
  last integer not null,
  owner text not null,
  expires_at integer not null,
  primary key (namespace, model_id, family, first)
) strict, without rowid;

create table vector (
  id integer primary key autoincrement,
  namespace text not null,
  model_id integer not null references vector_model (id),
  family text not null,
  number integer not null,
  vector blob not null,
  unique (namespace, model_id, family, number)
) strict;

-- As in schema 1: the planner must know that the namespace selects nothing.
insert into sqlite_stat1 (tbl, idx, stat) values
  ('vector_model', 'vector_model_by_name', '4 4 1'),
  ('vector_progress', 'vector_progress', '8 8 2 1'),
  ('vector_claim', 'vector_claim', '8 8 4 2 1'),
  ('vector', 'sqlite_autoindex_vector_1', '1000000 1000000 500000 250000 1');
analyze sqlite_schema;
`;
