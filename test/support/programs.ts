import { resolve } from 'node:path';

/** What tests of project `whole` start again and again: each is bundled once before them (build.ts). */
export const PROGRAMS = ['compaction-program', 'fixture-server'] as const;

export const bundledProgram = (name: (typeof PROGRAMS)[number]): string => resolve(`dist/test/${name}.mjs`);
