/**
 * Schema 4: the ledger is append-only and bodies go under a PURGE event alone, whoever asks, as the triggers of SQLite
 * have it; row numbers are given within a namespace, without gaps and never twice. Never edited after a release.
 */
const refusing = `
create function mintmark_refuse() returns trigger language plpgsql as $$
begin
  raise exception '%', tg_argv[0] using errcode = 'integrity_constraint_violation';
end $$;

create function mintmark_refuse_unless_purged() returns trigger language plpgsql as $$
declare purge text;
begin
  purge := case tg_table_name
    when 'body' then to_jsonb(old) ->> 'owner'
    when 'session' then 'event:session:' || (to_jsonb(old) ->> 'id') || ':1'
    when 'medallion_version' then (to_jsonb(old) ->> 'medallion_id') || '/v/' || (to_jsonb(old) ->> 'version')
    else to_jsonb(old) ->> 'id' end;
  if not exists (select 1 from purged p where p.namespace = old.namespace and p.owner = purge) then
    raise exception '%', tg_argv[0] using errcode = 'integrity_constraint_violation';
  end if;
  return old;
end $$;

create function mintmark_refuse_if_purged() returns trigger language plpgsql as $$
begin
  if exists (select 1 from purged p
      where p.namespace = new.namespace and p.owner = to_jsonb(new) ->> tg_argv[1]) then
    raise exception '%', tg_argv[0] using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
`;

const appending = `
create function mintmark_append_event() returns trigger language plpgsql as $$
declare next bigint;
begin
  next := coalesce((select max(e.position) from event e where e.namespace = new.namespace), 0) + 1;
  new.position := coalesce(new.position, next);
  if new.position <> next or new.sequence <> coalesce((select max(e.sequence) from event e
      where e.namespace = new.namespace and e.stream = new.stream), 0) + 1 then
    raise exception 'the ledger is append-only and has no gaps' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
create trigger event_is_appended before insert on event for each row execute function mintmark_append_event();

create function mintmark_append_imported_event() returns trigger language plpgsql as $$
begin
  if new.sequence <> coalesce((select max(e.sequence) from imported_event e
      where e.namespace = new.namespace and e.import_id = new.import_id and e.stream = new.stream), 0) + 1 then
    raise exception 'an imported stream has no gaps' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
create trigger imported_event_is_appended before insert on imported_event
  for each row execute function mintmark_append_imported_event();

create function mintmark_append_version() returns trigger language plpgsql as $$
begin
  if new.version <> coalesce((select max(v.version) from medallion_version v
      where v.namespace = new.namespace and v.medallion_id = new.medallion_id), 0) + 1 then
    raise exception 'the versions of a medallion have no gaps' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
create trigger medallion_version_is_next before insert on medallion_version
  for each row execute function mintmark_append_version();

create function mintmark_append_purged() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from event e where e.namespace = new.namespace and e.stream = new.stream
      and e.sequence = new.sequence and e.type = 'PURGE') then
    raise exception 'only a PURGE event purges' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
create trigger purged_names_its_event before insert on purged
  for each row execute function mintmark_append_purged();

-- The session's last_sequence is raised first, so that numbers are never given twice, not even after a purge.
create function mintmark_append_message() returns trigger language plpgsql as $$
begin
  if exists (select 1 from message m where m.namespace = new.namespace and m.session_id = new.session_id
        and m.sequence >= new.sequence)
      or exists (select 1 from purged p where p.namespace = new.namespace and p.owner = new.id)
      or new.sequence > (select s.last_sequence from session s where s.namespace = new.namespace and s.id = new.session_id) then
    raise exception 'messages are append-only' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
create trigger message_is_appended before insert on message
  for each row execute function mintmark_append_message();
`;

/** What may never change, or only in one column and once. */
const kept = `
create trigger message_is_only_hidden before update on message for each row
  when (old.hidden_at is not null or new.hidden_at is null
    or (new.namespace, new.id, new.session_id, new.sequence, new.client_id, new.role, new.name, new.timestamp, new.tokens, new.tokenizer, new.calls, new.created_at)
      is distinct from (old.namespace, old.id, old.session_id, old.sequence, old.client_id, old.role, old.name, old.timestamp, old.tokens, old.tokenizer, old.calls, old.created_at))
  execute function mintmark_refuse('a message is never changed, only hidden');
create trigger summary_is_only_ended before update on summary for each row
  when (old.ended_at is not null or new.ended_at is null
    or (new.namespace, new.id, new.session_id, new.level, new.first_sequence, new.last_sequence, new.covers, new.parents, new.covered_tokens, new.tokens, new.tokenizer, new.created_at)
      is distinct from (old.namespace, old.id, old.session_id, old.level, old.first_sequence, old.last_sequence, old.covers, old.parents, old.covered_tokens, old.tokens, old.tokenizer, old.created_at))
  execute function mintmark_refuse('a summary is never changed, only ended');
create trigger access_token_only_revoked before update on access_token for each row
  when (old.revoked_at is not null
    or (new.namespace, new.id, new.hash, new.label, new.opens, new.permissions, new.home, new.created_at, new.expires_at)
      is distinct from (old.namespace, old.id, old.hash, old.label, old.opens, old.permissions, old.home, old.created_at, old.expires_at))
  execute function mintmark_refuse('a token can only be revoked');
`;

/** Tables of which no row is changed, deleted, or either, and what is said then. */
const FOREVER: readonly (readonly [table: string, sentence: string, when: string])[] = [
  ['event', 'the ledger is append-only', 'update or delete'],
  ['purged', 'what is purged stays purged', 'update or delete'],
  ['body', 'a body is never changed', 'update'],
  ['episode', 'an episode is never changed', 'update'],
  ['medallion_version', 'a version of a medallion is never changed', 'update'],
  ['import', 'an import is never changed or deleted', 'update or delete'],
  ['imported_event', 'an imported stream is never changed or deleted', 'update or delete'],
  ['imported_body', 'an imported body is never changed or deleted', 'update or delete'],
  ['alias', 'the mapping of an id is never changed or deleted', 'update or delete'],
  ['blob', 'a blob is never changed', 'update'],
  ['access_token', 'tokens are kept', 'delete'],
];

/** Tables of which a row is deleted under a PURGE event alone; `owner` is the column that a purge names, if it must be new. */
const PURGED: readonly (readonly [table: string, sentence: string, owner: string | null])[] = [
  ['body', 'a body is deleted only under a PURGE event', 'owner'],
  ['episode', 'an episode is deleted only under a PURGE event', 'id'],
  ['medallion_version', 'a version of a medallion is deleted only under a PURGE event', null],
  ['session', 'a session is deleted only under a PURGE event', null],
  ['message', 'a message is deleted only under a PURGE event', null],
  ['blob', 'a blob is deleted only under a PURGE event', 'id'],
  ['summary', 'a summary is deleted only under a PURGE event', 'id'],
];

/** What has a number of its own within its namespace. */
const NUMBERED: readonly (readonly [table: string, column: string])[] = [
  ['memory', 'number'],
  ['passage', 'number'],
  ['scope', 'id'],
  ['vector_model', 'id'],
  ['vector_row', 'id'],
  ['writer_call', 'id'],
];

/** Not from a counter's row: one that changes with every insert of a transaction is walked through as often. */
const numbering = ([table, column]: readonly [string, string]): string => `
create function mintmark_number_${table}() returns trigger language plpgsql as $$
begin
  new.${column} := coalesce(new.${column}, 1 + greatest(
    coalesce((select max(r.${column}) from ${table} r where r.namespace = new.namespace), 0),
    coalesce((select c.value from counter c where c.namespace = new.namespace and c.name = '${table}'), 0)));
  return new;
end $$;
create trigger ${table}_is_numbered before insert on ${table} for each row execute function mintmark_number_${table}();
create function mintmark_keep_numbers_of_${table}() returns trigger language plpgsql as $$
begin
  insert into counter (namespace, name, value)
    select g.namespace, '${table}', max(g.${column}) from gone g group by g.namespace
    on conflict (namespace, name) do update set value = greatest(counter.value, excluded.value);
  return null;
end $$;
create trigger ${table}_keeps_numbers after delete on ${table} referencing old table as gone
  for each statement execute function mintmark_keep_numbers_of_${table}();
`;

const forever = ([table, sentence, when]: (typeof FOREVER)[number]): string => `
create trigger ${table}_is_kept before ${when} on ${table} for each row execute function mintmark_refuse('${sentence}');`;

const purged = ([table, sentence, owner]: (typeof PURGED)[number]): string => `
create trigger ${table}_is_only_purged before delete on ${table}
  for each row execute function mintmark_refuse_unless_purged('${sentence}');${
    owner
      ? `
create trigger ${table}_is_new before insert on ${table}
  for each row execute function mintmark_refuse_if_purged('what is purged stays purged', '${owner}');`
      : ''
  }`;

const untruncated = (table: string): string => `
create trigger ${table}_is_not_emptied before truncate on ${table}
  for each statement execute function mintmark_refuse('what is stored is never truncated');`;

export const schema4 = [
  refusing,
  appending,
  kept,
  ...FOREVER.map(forever),
  ...PURGED.map(purged),
  ...[...new Set([...FOREVER, ...PURGED].map(([table]) => table))].map(untruncated),
  ...NUMBERED.map(numbering),
].join('\n');
