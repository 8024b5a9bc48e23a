/** Schema 3: medallions, their versions. Never edited after a release. */
export const schema3 = `
`;
