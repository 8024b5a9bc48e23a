/**
 * Schema 13: whether search still lacks something that was written before schema 8. Whoever finds a row here makes what
 * is missing and takes it away. Never edited after a release.
 */
export const schema13 = `
create table unindexed (namespace text primary key) strict, without rowid;
insert into unindexed
  select namespace from message m
  where not exists (select 1 from passage p where p.namespace = m.namespace and p.owner = m.id)
  union select namespace from medallion_version v
  where not exists (
    select 1 from passage p where p.namespace = v.namespace and p.owner = v.medallion_id || '/v/' || v.version)
  union select namespace from episode e
  where not exists (select 1 from passage p where p.namespace = e.namespace and p.owner = e.id)
  union select namespace from summary u
  where not exists (select 1 from passage p where p.namespace = u.namespace and p.owner = u.id)
  union select namespace from blob b
  where not exists (select 1 from passage p where p.namespace = b.namespace and p.owner = b.id);
`;
