import * as z from 'zod';
import type { Corpus, Question, Stated } from './corpus.js';
import { malformed, type Place, parse } from './malformed.js';

const MEMORY = '{"id": "m1", "memory": "…", "supersedes"?: ["m0"]}';
export const QUESTION = '{"question": "…", "evidence": ["m1"], "category"?: "…"}';

const MemoryLine = z.strictObject({
  id: z.string().min(1),
  memory: z.string().min(1).max(8000),
  supersedes: z.array(z.string()).default([]),
});
const QuestionLine = z.strictObject({
  question: z.string().min(1),
  evidence: z.array(z.string()).min(1),
  category: z.string().default('all'),
});

/** One corpus from JSON lines, each a memory or a question. */
export function lines(text: string, path: string): Corpus {
  const memories = new Map<string, Stated>();
  const questions: Omit<Question, 'stale'>[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const place = `line ${index + 1}`;
    const value = parse(line, { path, place });
    const memory = MemoryLine.safeParse(value);
    const question = QuestionLine.safeParse(value);
    if (memory.success) {
      checkMemory(memory.data, memories, { path, place });
      memories.set(memory.data.id, memory.data);
    } else if (question.success) questions.push(question.data);
    else throw malformed({ path, place }, { found: line, expected: `${MEMORY} or ${QUESTION}` });
  }
  return {
    name: 'memories',
    memories: [...memories.values()],
    sessions: [],
    questions: questions.map(question => ({ ...question, stale: replaced(question.evidence, memories) })),
  };
}

function checkMemory({ id, supersedes }: Stated, known: ReadonlyMap<string, Stated>, at: Place): void {
  const unknown = supersedes.find(old => !known.has(old));
  if (unknown !== undefined)
    throw malformed(at, { found: `supersedes "${unknown}"`, expected: 'an id of a line before' });
  if (known.has(id)) throw malformed(at, { found: `"${id}" again`, expected: 'an id of its own' });
}

function replaced(ids: readonly string[], memories: ReadonlyMap<string, Stated>): string[] {
  const older = new Set(ids.flatMap(id => memories.get(id)?.supersedes ?? []));
  // What is added while the set is walked is walked too.
  for (const id of older) for (const oldest of memories.get(id)?.supersedes ?? []) older.add(oldest);
  return [...older];
}
