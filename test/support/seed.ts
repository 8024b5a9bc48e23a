import fc from 'fast-check';

const { MINTMARK_SEED } = process.env;

// Runs before every test file: with a seed properties draw what they drew with it before.
if (MINTMARK_SEED) fc.configureGlobal({ seed: Number(MINTMARK_SEED) });
