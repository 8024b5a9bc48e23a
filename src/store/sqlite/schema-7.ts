/** Schema 7: summaries of what sessions hold. Never edited after a release. */
export const schema7 = `
create table summary (
  namespace text not null,
  id text not null,
  session_id text not null,
  level integer not null check (level in (1, 2, 3)),
  first_sequence integer not null,
  last_sequence integer not null check (last_sequence >= first_sequence),
  covers text not null check (json_type(covers) = 'array'),
  parents text not null check (json_type(parents) = 'array'),
  covered_tokens integer not null,
  tokens integer not null,
  tokenizer text not null,
  created_at integer not null,
  ended_at integer,
  primary key (namespace, id),
  foreign key (namespace, session_id) references session (namespace, id)
) strict;
create index summary_by_session on summary (namespace, session_id);

create trigger summary_is_new before insert on summary
when exists (select 1 from summary where namespace = new.namespace and id = new.id)
  or exists (select 1 from purged where namespace = new.namespace and owner = new.id)
begin select raise(abort, 'summaries are append-only'); end;
create trigger summary_is_only_ended before update on summary
when old.ended_at is not null or new.ended_at is null
  or (new.namespace, new.id, new.session_id, new.level, new.first_sequence, new.last_sequence, new.covers, new.parents, new.covered_tokens, new.tokens, new.tokenizer, new.created_at)
    is not (old.namespace, old.id, old.session_id, old.level, old.first_sequence, old.last_sequence, old.covers, old.parents, old.covered_tokens, old.tokens, old.tokenizer, old.created_at)
begin select raise(abort, 'a summary is never changed, only ended'); end;
create trigger summary_is_only_purged before delete on summary
when not exists (select 1 from purged where namespace = old.namespace and owner = old.id)
begin select raise(abort, 'a summary is deleted only under a PURGE event'); end;

-- As in schema 1: the planner must know that the namespace selects nothing.
insert into sqlite_stat1 (tbl, idx, stat) values
  ('summary', 'sqlite_autoindex_summary_1', '20000 20000 1'),
  ('summary', 'summary_by_session', '20000 20000 10');
analyze sqlite_schema;
`;
