/** Schema 2: runs, working sets, episodes. Never edited after a release. */
export const schema2 = `
`;
