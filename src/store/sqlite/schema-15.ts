/**
 * Schema 15: what a vector index beside the database was given: under which name, up to which vector, and what it still
 * has to forget. Without such an index there are no rows. Never edited after a release.
 */
export const schema15 = `
create table vector_feed (
  namespace text not null,
  model_id integer not null references vector_model (id) on delete cascade,
  family text not null,
  space text not null,
  upto integer not null,
  primary key (namespace, model_id, family)
) strict, without rowid;

create table vector_gone (
  namespace text not null,
  space text not null,
  id integer not null,
  primary key (namespace, space, id)
) strict, without rowid;

create trigger vector_is_gone after delete on vector
begin
  insert into vector_gone
    select f.namespace, f.space, old.id from vector_feed f
    where f.namespace = old.namespace and f.model_id = old.model_id and f.family = old.family
    on conflict do nothing;
end;
`;
