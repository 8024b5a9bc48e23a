/** Schema 4: imported packs. Never edited after a release. */
export const schema4 = `
`;
