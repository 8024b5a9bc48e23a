/** Schema 9: who keeps a blob: the messages that refer to it, or whoever stored it for itself. Never edited after a release. */
export const schema9 = `
create table blob_use (
  namespace text not null,
  blob_id text not null,
  owner text not null,
  primary key (namespace, blob_id, owner),
  foreign key (namespace, blob_id) references blob (namespace, id)
) strict, without rowid;
create index blob_use_by_owner on blob_use (namespace, owner);
insert into blob_use select namespace, id, 'blob_put' from blob;

-- As in schema 1: the planner must know that the namespace selects nothing.
insert into sqlite_stat1 (tbl, idx, stat) values
  ('blob_use', 'blob_use', '10000 10000 1 1'),
  ('blob_use', 'blob_use_by_owner', '10000 10000 2 1');
analyze sqlite_schema;
`;
