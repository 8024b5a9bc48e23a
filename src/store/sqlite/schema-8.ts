/**
 * Schema 8: what search finds besides memories. Rows are made from bodies and can be made again; a number is never
 * given twice, so that what is kept by number belongs to one passage for ever. Never edited after a release.
 */
export const schema8 = `
create table passage (
  number integer primary key autoincrement,
  namespace text not null,
  kind text not null check (kind in ('medallion', 'episode', 'message', 'summary', 'blob')),
  owner text not null,
  part integer not null,
  scope_id integer not null references scope (id),
  session_id text,
  run_id text,
  sequence integer,
  trust text not null,
  created_at integer not null,
  ended_at integer,
  first_line integer,
  last_line integer,
  unique (namespace, owner, part)
) strict;
create index passage_by_scope on passage (scope_id);
create index passage_of_message on passage (namespace, session_id, sequence) where kind = 'message';

create virtual table passage_text using fts5 (own, before, after, scope, tokenize = 'porter ascii');
insert into passage_text (passage_text, rank) values ('rank', 'bm25(1.0, 0.5, 0.25, 0.0)');
insert into passage_text (passage_text, rank) values ('secure-delete', 1);
create virtual table passage_term using fts5vocab (passage_text, 'row');

-- As in schema 1: the planner must know that the namespace selects nothing.
insert into sqlite_stat1 (tbl, idx, stat) values
  ('passage', 'sqlite_autoindex_passage_1', '1000000 1000000 2 1'),
  ('passage', 'passage_by_scope', '1000000 10000'),
  ('passage', 'passage_of_message', '1000000 1000000 100 1');
analyze sqlite_schema;
`;
