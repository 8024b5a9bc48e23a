/** Schema 14: how far a copy from another store has come. Never edited after a release. */
export const schema14 = `
create table copy_mark (
  namespace text primary key,
  mark text not null
) strict, without rowid;
`;
