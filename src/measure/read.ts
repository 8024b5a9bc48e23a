import type { Corpus } from './corpus.js';
import { lines, QUESTION } from './lines.js';
import { malformed, WHOLE } from './malformed.js';

/**
 * Reads questions with their evidence: JSON lines of memories and questions. `path` is for messages. Throws `invalid`, which says where, what stands there and
 * what was expected.
 */
export function readCorpora(text: string, path: string): Corpus[] {
  const corpora = [lines(text, path)];
  for (const corpus of corpora) checkEvidence(corpus, path);
  if (corpora.every(({ questions }) => questions.length === 0))
    throw malformed({ path, place: WHOLE }, { found: 'no question', expected: QUESTION });
  return corpora;
}

function checkEvidence({ memories, questions }: Corpus, path: string): void {
  const ids = new Set(memories.map(({ id }) => id));
  for (const { question, evidence } of questions) {
    const unknown = evidence.find(id => !ids.has(id));
    if (unknown !== undefined)
      throw malformed(
        { path, place: `the question "${question}"` },
        { found: `evidence "${unknown}"`, expected: 'the id of a memory of the same file' },
      );
  }
}
