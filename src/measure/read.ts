import type { Corpus } from './corpus.js';
import { lines, QUESTION } from './lines.js';
import { conversations } from './locomo.js';
import { malformed, WHOLE } from './malformed.js';

/**
 * Reads questions with their evidence: JSON lines of memories and questions (one corpus), or the JSON of LoCoMo
 * conversations (a corpus each). `path` is for messages. Throws `invalid`, which says where, what stands there and
 * what was expected.
 */
export function readCorpora(text: string, path: string): Corpus[] {
  const corpora = /^\s*\[/.test(text) ? conversations(text, path) : [lines(text, path)];
  for (const corpus of corpora) checkEvidence(corpus, path);
  if (corpora.every(({ questions }) => questions.length === 0))
    throw malformed({ path, place: WHOLE }, { found: 'no question', expected: QUESTION });
  return corpora;
}

function checkEvidence({ memories, sessions, questions }: Corpus, path: string): void {
  const ids = new Set([...memories, ...sessions.flat()].map(({ id }) => id));
  for (const { question, evidence } of questions) {
    const unknown = evidence.find(id => !ids.has(id));
    if (unknown !== undefined)
      throw malformed(
        { path, place: `the question "${question}"` },
        { found: `evidence "${unknown}"`, expected: 'the id of a memory or turn of the same file' },
      );
  }
}
