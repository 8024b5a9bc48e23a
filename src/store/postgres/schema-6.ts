/**
 * Schema 6: what a vector index beside the database was given, as SQLite's schema 15. Never edited after a release.
 */
export const schema6 = `
create table vector_feed (
  namespace text collate "C" not null,
  model_id bigint not null,
  family text collate "C" not null,
  space text collate "C" not null,
  upto bigint not null,
  primary key (namespace, model_id, family),
  foreign key (namespace, model_id) references vector_model (namespace, id) on delete cascade
);

create table vector_gone (
  namespace text collate "C" not null,
  space text collate "C" not null,
  id bigint not null,
  primary key (namespace, space, id)
);

create function mintmark_vector_is_gone() returns trigger language plpgsql as $$
begin
  insert into vector_gone
    select f.namespace, f.space, g.id from gone g join vector_feed f
      on f.namespace = g.namespace and f.model_id = g.model_id and f.family = g.family
    on conflict do nothing;
  return null;
end $$;
create trigger vector_row_is_gone after delete on vector_row referencing old table as gone
  for each statement execute function mintmark_vector_is_gone();
`;
