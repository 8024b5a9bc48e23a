/** Schema 5: sessions and their messages. Never edited after a release. */
export const schema5 = `
create table session (
  namespace text not null,
  id text not null,
  external_id text,
  scope_id integer not null references scope (id),
  trust text not null,
  model text,
  context_limit integer,
  max_output integer,
  last_sequence integer not null,
  created_at integer not null,
  updated_at integer not null,
  hidden_at integer,
  primary key (namespace, id)
) strict;
create unique index session_by_external_id on session (namespace, external_id) where external_id is not null;
create index session_by_scope on session (scope_id);
create trigger session_is_only_purged before delete on session
when not exists (select 1 from purged where namespace = old.namespace and owner = 'event:session:' || old.id || ':1')
begin select raise(abort, 'a session is deleted only under a PURGE event'); end;

create table message (
  namespace text not null,
  id text not null,
  session_id text not null,
  sequence integer not null,
  client_id text,
  role text not null check (role in ('system', 'user', 'assistant', 'tool')),
  name text,
  timestamp text,
  tokens integer not null,
  tokenizer text not null,
  calls integer not null,
  created_at integer not null,
  hidden_at integer,
  primary key (namespace, id),
  unique (namespace, session_id, sequence),
  foreign key (namespace, session_id) references session (namespace, id)
) strict;
create unique index message_by_client_id on message (namespace, session_id, client_id)
  where client_id is not null and hidden_at is null;
create index message_visible on message (namespace, session_id, sequence) where hidden_at is null;
-- With hidden_at, or the sum would visit every row.
create index message_tokens on message (namespace, session_id, tokenizer, tokens, hidden_at) where hidden_at is null;
create index message_with_calls on message (namespace, session_id, sequence) where calls > 0 and hidden_at is null;

-- The session's last_sequence is raised first, so that numbers are never given twice, not even after a purge.
create trigger message_is_appended before insert on message
when exists (select 1 from message where namespace = new.namespace and (id = new.id or (session_id = new.session_id and sequence >= new.sequence)))
  or exists (select 1 from purged where namespace = new.namespace and owner = new.id)
  or new.sequence > (select last_sequence from session where namespace = new.namespace and id = new.session_id)
begin select raise(abort, 'messages are append-only'); end;
create trigger message_is_only_hidden before update on message
when old.hidden_at is not null or new.hidden_at is null
  or (new.namespace, new.id, new.session_id, new.sequence, new.client_id, new.role, new.name, new.timestamp, new.tokens, new.tokenizer, new.calls, new.created_at)
    is not (old.namespace, old.id, old.session_id, old.sequence, old.client_id, old.role, old.name, old.timestamp, old.tokens, old.tokenizer, old.calls, old.created_at)
begin select raise(abort, 'a message is never changed, only hidden'); end;
create trigger message_is_only_purged before delete on message
when not exists (select 1 from purged where namespace = old.namespace and owner = old.id)
begin select raise(abort, 'a message is deleted only under a PURGE event'); end;

-- As in schema 1: the planner must know that the namespace selects nothing, in bodies neither.
insert into sqlite_stat1 (tbl, idx, stat) values
  ('body', 'sqlite_autoindex_body_1', '2000000 2000000 1'),
  ('session', 'sqlite_autoindex_session_1', '10000 10000 1'),
  ('session', 'session_by_external_id', '5000 5000 1'),
  ('session', 'session_by_scope', '10000 100'),
  ('message', 'sqlite_autoindex_message_1', '1000000 1000000 1'),
  ('message', 'sqlite_autoindex_message_2', '1000000 1000000 100 1'),
  ('message', 'message_by_client_id', '500000 500000 50 1'),
  ('message', 'message_visible', '1000000 1000000 100 1'),
  ('message', 'message_tokens', '1000000 1000000 100 50 2 2'),
  ('message', 'message_with_calls', '300000 300000 30 1');
analyze sqlite_schema;
`;
