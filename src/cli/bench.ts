import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Argument } from 'commander';
import * as z from 'zod';
import { composeEngine, type Engine } from '../engine.js';
import type { Corpus } from '../measure/corpus.js';
import { readCorpora } from '../measure/read.js';
import { askAll, storeCorpus } from '../measure/recall.js';
import { type Answer, type Figures, figuresByCategory, sum } from '../measure/score.js';
import { systemSources } from '../sources.js';
import { type Command, print } from './command.js';
import { Progress } from './progress.js';
import { readText } from './read-text.js';

const WANTED = 'a file of JSON lines with memories and questions, or of LoCoMo conversations';
const HOME = { nodes: ['bench:recall'], aliases: [] };
const Flags = z.object({ data: z.string() });

export const bench: Command = {
  name: 'bench',
  description: 'Measure how well search finds, on questions of your own, in a database that is thrown away.',
  configure(program) {
    program
      .addArgument(new Argument('<what>', 'what to measure').choices(['recall']))
      .requiredOption('--data <file>', WANTED);
  },
  async work(engine, given) {
    const path = resolve(Flags.parse(given.flags).data);
    const corpora = readCorpora(await readText(path, WANTED), path);
    const figures = figuresByCategory(await measured(engine, corpora));
    const memories = sum(corpora.map(corpus => corpus.memories.length));
    const messages = sum(corpora.map(corpus => corpus.sessions.flat().length));
    print(given, { data: path, memories, messages, figures }, () => [
      `${messages > 0 ? `${messages} messages` : `${memories} memories`} of ${path}`,
      ...table(figures),
    ]);
    return 0;
  },
};

/** With the options of the engine given, whose own database is not opened. */
async function measured({ config }: Engine, corpora: readonly Corpus[]): Promise<Answer[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mintmark-bench-'));
  const place = { db: join(folder, 'recall.db'), commitPolicy: 'agent', durability: 'normal' } as const;
  const engine = composeEngine({ ...config, ...place }, { sources: systemSources, home: HOME });
  try {
    const answers: Answer[] = [];
    for (const [index, corpus] of corpora.entries())
      answers.push(...(await answersTo(engine, corpus, `corpus-${index}`)));
    return answers;
  } finally {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function answersTo(engine: Engine, corpus: Corpus, namespace: string): Promise<Answer[]> {
  using storing = new Progress('stored', corpus.memories.length + corpus.sessions.flat().length);
  const stored = await storeCorpus(engine, corpus, { namespace, heard: done => storing.report(done) });
  using asking = new Progress('questions', corpus.questions.length);
  return askAll(engine, stored, { heard: done => asking.report(done) });
}

function table(figures: Readonly<Record<string, Figures>>): string[] {
  const width = Math.max(...Object.keys(figures).map(name => name.length)) + 2;
  const row = (name: string, cells: readonly (string | number)[]) =>
    name.padEnd(width) + cells.map(cell => String(cell).padStart(10)).join('');
  return [
    row('', ['questions', 'R@5', 'R@10', 'R@20', 'MRR', 'first', 'stale', 'p50 ms']),
    ...Object.entries(figures).map(([name, values]) => row(name, Object.values(values))),
  ];
}
