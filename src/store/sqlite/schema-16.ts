/** Schema 16: what an index beside the database forgot is forgotten a second time. Never edited after a release. */
export const schema16 = `
alter table vector_gone add column forgotten_at integer not null default 0;

drop trigger vector_is_gone;
create trigger vector_is_gone after delete on vector
begin
  insert into vector_gone (namespace, space, id)
    select f.namespace, f.space, old.id from vector_feed f
    where f.namespace = old.namespace and f.model_id = old.model_id and f.family = old.family
    on conflict do nothing;
end;
`;
