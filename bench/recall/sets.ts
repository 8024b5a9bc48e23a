import { readdirSync, readFileSync } from 'node:fs';
import type { Corpus } from '../../src/measure/corpus.js';
import { lines } from '../../src/measure/lines.js';

/** The project's own questions by set, in the order of the files. `distractors` holds memories only. */
export function ownSets(): { readonly name: string; readonly corpus: Corpus }[] {
  const folder = new URL('.', import.meta.url);
  return readdirSync(folder)
    .filter(file => file.endsWith('.jsonl'))
    .sort()
    .map(file => ({
      name: file.replace('.jsonl', ''),
      corpus: lines(readFileSync(new URL(file, folder), 'utf8'), file),
    }));
}

/** The memories of all sets side by side, so that each set's distract the others; questions under `set` or `set, category`. */
export function together(sets: ReturnType<typeof ownSets>): Corpus {
  return {
    name: 'own sets',
    sessions: [],
    memories: sets.flatMap(({ corpus }) => corpus.memories),
    questions: sets.flatMap(({ name, corpus }) =>
      corpus.questions.map(question => ({
        ...question,
        category: question.category === 'all' ? name : `${name}, ${question.category}`,
      })),
    ),
  };
}
