/** Schema 11: when models were asked, and who is at it. Never edited after a release. */
export const schema11 = `
create table writer_call (
  id integer primary key,
  namespace text not null,
  at integer not null
) strict;
create index writer_call_by_time on writer_call (namespace, at);

create table writer_claim (
  namespace text not null,
  subject text not null,
  attempts integer not null,
  until integer not null,
  at_work integer not null check (at_work in (0, 1)),
  primary key (namespace, subject)
) strict, without rowid;
`;
