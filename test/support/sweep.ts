/**
 * How many of a random test's runs to make: a tenth in `npm run check`, which every commit waits for, and all of them in
 * the project `whole`, where `vitest.config.ts` lists the same file again.
 */
export const runs = (all: number): number => Math.ceil(all * Number(process.env.MINTMARK_SWEEP ?? 1));
