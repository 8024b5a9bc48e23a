/** Schema 9: what an index beside the database forgot is forgotten a second time. Never edited after a release. */
export const schema9 = `
alter table vector_gone add column forgotten_at bigint not null default 0;
`;
