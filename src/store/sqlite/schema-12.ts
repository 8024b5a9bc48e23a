/** Schema 12: who may call over the network. Only the default namespace's file has rows. Never edited after a release. */
export const schema12 = `
create table access_token (
  namespace text not null,
  id text not null,
  hash text not null unique,
  label text not null,
  opens text not null,
  permissions text not null,
  home text not null,
  created_at integer not null,
  expires_at integer,
  revoked_at integer,
  primary key (namespace, id)
) strict, without rowid;

create trigger access_token_only_revoked before update on access_token
when new.namespace is not old.namespace or new.id is not old.id or new.hash is not old.hash
  or new.label is not old.label or new.opens is not old.opens or new.permissions is not old.permissions
  or new.home is not old.home or new.created_at is not old.created_at or new.expires_at is not old.expires_at
  or old.revoked_at is not null
begin select raise(abort, 'a token can only be revoked'); end;

create trigger access_token_kept before delete on access_token
begin select raise(abort, 'tokens are kept'); end;
`;
