/**
 * Schema 7: whether a row was purged is looked up by a value. To make the row into JSON for each of the purged cost more
 * than all else of a row. Never edited after a release.
 */
export const schema7 = `
create or replace function mintmark_refuse_if_purged() returns trigger language plpgsql as $$
declare named text;
begin
  if tg_argv[1] = 'owner' then named := new.owner; else named := new.id; end if;
  if exists (select 1 from purged p where p.namespace = new.namespace and p.owner = named) then
    raise exception '%', tg_argv[0] using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
`;
