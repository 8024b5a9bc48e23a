import * as z from 'zod';

/** What search finds: the nouns that exist. A new one is added here and gets its ground in src/search. */
export const HIT_KINDS = ['memory'] as const;
export const HitKind = z.enum(HIT_KINDS);
export type HitKind = z.infer<typeof HitKind>;
