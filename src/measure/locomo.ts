import * as z from 'zod';
import type { Corpus } from './corpus.js';
import { malformed, parse, WHOLE } from './malformed.js';

const CONVERSATIONS =
  '[{sample_id, speakers, turns: [{id, session, speaker, text, timestamp}], questions: [{question, evidence}]}]';

/** The categories of LoCoMo (Maharana et al. 2024) by number. */
const CATEGORIES = ['', 'multi-hop', 'temporal', 'open-domain', 'single-hop', 'adversarial'];

const Conversation = z.object({
  sample_id: z.string(),
  speakers: z.array(z.string()).min(1),
  turns: z.array(
    z.object({
      id: z.string(),
      session: z.number(),
      speaker: z.string(),
      text: z.string(),
      timestamp: z.string(),
    }),
  ),
  questions: z.array(
    z.object({
      question: z.string(),
      category: z.union([z.string(), z.number()]).optional(),
      evidence: z.array(z.string()),
    }),
  ),
});

/** A corpus for each conversation. */
export function conversations(text: string, path: string): Corpus[] {
  const parsed = z.array(Conversation).safeParse(parse(text, { path, place: WHOLE }));
  if (parsed.success) return parsed.data.map(conversation);
  const [issue] = parsed.error.issues;
  throw malformed(
    { path, place: issue?.path.join('.') || WHOLE },
    { found: issue?.message ?? 'something else', expected: CONVERSATIONS },
  );
}

/** Each turn is one message, the first speaker's as the user's; each session is a session of its own. */
function conversation({ sample_id, speakers, turns, questions }: z.output<typeof Conversation>): Corpus {
  const numbers = [...new Set(turns.map(({ session }) => session))];
  const said = (number: number) =>
    turns
      .filter(({ session }) => session === number)
      .map(({ id, speaker, text, timestamp }) => ({
        id,
        role: speaker === speakers[0] ? ('user' as const) : ('assistant' as const),
        name: speaker,
        content: text,
        timestamp,
      }));
  return {
    name: sample_id,
    memories: [],
    sessions: numbers.map(said),
    questions: questions
      .filter(({ evidence }) => evidence.length > 0)
      .map(({ question, evidence, category = 'all' }) => ({
        question,
        evidence,
        stale: [],
        category: CATEGORIES[Number(category)] ?? String(category),
      })),
  };
}
