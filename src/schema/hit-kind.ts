import * as z from 'zod';

/** What search finds besides memories, each by passages of its text. */
export const PASSAGE_KINDS = ['medallion', 'episode', 'message', 'summary', 'blob'] as const;
export type PassageKind = (typeof PASSAGE_KINDS)[number];

export const HIT_KINDS = ['memory', ...PASSAGE_KINDS] as const;
export const HitKind = z.enum(HIT_KINDS);
export type HitKind = z.infer<typeof HitKind>;
