/**
 * How well search finds: the project's own questions by ranking, and through stdio beside peers; see
 * bench/recall/README.md. Its argument is the path of LoCoMo conversations, which are never committed: CC BY-NC; they come
 * by ranking too. `--peers FOLDER` also asks peers of the registry, which it installs there; `--endpoint URL --model NAME`
 * measures a model behind an embedding endpoint beside the embedder `static`, see use-lite.ts.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { resolveOptions } from '../src/config/load.js';
import { composeEngine, openEngine, type PartialOptions } from '../src/engine.js';
import type { Corpus } from '../src/measure/corpus.js';
import { readCorpora } from '../src/measure/read.js';
import { askAll, type Stored, storeCorpus } from '../src/measure/recall.js';
import { type Figures, figuresByCategory } from '../src/measure/score.js';
import { systemSources } from '../src/sources.js';
import { ask, atHand, installed } from './recall/peers.js';
import { type Ranking, rankings } from './recall/rankings.js';
import { ownSets, together } from './recall/sets.js';

const {
  values: { peers, endpoint, model = 'model' },
  positionals: [locomo],
} = parseArgs({
  options: { peers: { type: 'string' }, endpoint: { type: 'string' }, model: { type: 'string' } },
  allowPositionals: true,
});
if (endpoint === undefined) console.log('No embedding endpoint named: no model is measured.');

/** Figures by what was asked and how it was ranked, then by category. */
const results: Record<string, Record<string, Figures>> = {};

const folder = mkdtempSync(join(tmpdir(), 'mintmark-recall-'));
try {
  const own = together(ownSets());
  await measure('own sets', [own]);
  if (locomo !== undefined && existsSync(locomo))
    await measure('LoCoMo', readCorpora(readFileSync(locomo, 'utf8'), locomo));
  else console.log(`No LoCoMo file${locomo === undefined ? ' named' : ` at ${locomo}`}: it is not measured.`);
  for (const contestant of [...atHand, ...(peers === undefined ? [] : installed(peers))]) {
    const answers = await ask(contestant, own, join(folder, contestant.name));
    results[`own sets through stdio, ${contestant.name}`] = figuresByCategory(answers);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
writeFileSync(
  new URL('results-recall.json', import.meta.url),
  `${JSON.stringify({ node: process.version, results }, null, 2)}\n`,
);
print();

/** By the embedder `static`, then by the model of the endpoint, which is given all the time it takes. */
async function measure(what: string, corpora: readonly Corpus[]): Promise<void> {
  await measureBy(what, corpora, { place: placeFor(what), rankings });
  if (endpoint === undefined) return;
  const asked = { embedder: 'http', embedUrl: endpoint, embedModel: model, embedQueryMs: 60_000 } as const;
  const named = `${what} by ${model}`;
  const place = { ...placeFor(named), ...asked };
  await measureBy(named, corpora, { place, rankings: rankings.filter(({ meaning }) => meaning) });
}

function placeFor(what: string): PartialOptions {
  return { db: join(folder, `${what.replaceAll(' ', '-')}.db`), scope: ['bench:recall'] };
}

type By = { readonly place: PartialOptions; readonly rankings: readonly Ranking[] };

/** Stores once and asks by every ranking; each corpus has a namespace of its own. */
async function measureBy(what: string, corpora: readonly Corpus[], { place, rankings }: By): Promise<void> {
  const stored: Stored[] = [];
  {
    await using engine = openEngine({ ...place, durability: 'normal' });
    for (const [index, corpus] of corpora.entries())
      stored.push(await storeCorpus(engine, corpus, { namespace: `corpus-${index}` }));
  }
  const home = { nodes: ['bench:recall'], aliases: [] };
  for (const { name, options, search = {}, sets, weights } of rankings) {
    const config = resolveOptions({ ...place, ...options });
    await using engine = composeEngine(config, { sources: systemSources, home, weights });
    const answers = [];
    for (const one of stored) answers.push(...(await askAll(engine, only(one, sets), { search })));
    if (answers.length > 0) results[`${what}, ${name}`] = figuresByCategory(answers);
  }
}

/** The same corpus with the questions of some sets only. */
function only(stored: Stored, sets: Ranking['sets']): Stored {
  const questions = stored.corpus.questions.filter(
    ({ category }) => sets?.some(set => category.startsWith(set)) ?? true,
  );
  return { ...stored, corpus: { ...stored.corpus, questions } };
}

function print(): void {
  const cells = (row: readonly (string | number)[]) =>
    row.map((cell, at) => (at === 0 ? String(cell).padEnd(28) : String(cell).padStart(10))).join('');
  for (const [ranking, categories] of Object.entries(results)) {
    console.log(`\n${ranking}`);
    console.log(cells(['', 'questions', 'R@5', 'R@10', 'R@20', 'MRR', 'first', 'stale', 'p50 ms']));
    for (const [category, figures] of Object.entries(categories))
      console.log(cells([category, ...Object.values(figures)]));
  }
}
