/**
 * A graph of nodes (keep, summarise, recall, answer, and keep again) in a thread that outgrows its window, is left, and
 * goes on in another engine on the same file, as in another process. `nodes.ts` is written for LangGraph.js; here a runner of a few lines stands in for it
 * (the README says why, and how to plug the nodes in). Run: node --import tsx examples/langgraph/langgraph.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngine } from '../../src/engine.js';
import { answer, type Config, keep, type Node, recall, type Said, type State, summarise } from './nodes.js';

const SETTINGS = { model: 'gpt-4o', context_limit: 2000, max_output: 300 };
const USABLE = 1500;
const folder = mkdtempSync(join(tmpdir(), 'mintmark-langgraph-'));
const db = join(folder, 'threads.db');

try {
  const before = await talk(60, 'ada', 'Remember: the deploy key is kept in vault seven.');
  const after = await talk(1, 'ada', 'Where is the deploy key kept?');
  const stranger = await talk(1, 'bob', 'Where is the deploy key kept?');
  console.log(`ada's window never held more than ${Math.max(before.most, after.most)} of ${USABLE} tokens`);
  console.log(`ada, in another process: ${after.last}\nbob: ${stranger.last}`);
  const right = after.last.includes('vault seven') && stranger.last === 'You never said so here.';
  const fits = before.most <= USABLE && after.most <= USABLE;
  console.log(right && fits ? 'The thread went on where it was left.' : 'The thread was lost.');
  process.exitCode = right && fits ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Opens the file as a process of its own would, and says something, then as many times something else. */
async function talk(times: number, thread_id: string, first: string) {
  await using engine = openEngine({ db, scope: ['repo:example'] });
  const graph = [
    keep(engine, SETTINGS),
    summarise(engine, write),
    recall(engine),
    answer(model),
    keep(engine, SETTINGS),
  ];
  const said = [
    first,
    ...Array.from({ length: times - 1 }, (_, at) => `Step ${at}. ${'and so on '.repeat(20)}`),
  ];
  let most = 0;
  let last = '';
  for (const content of said) {
    const state = await run(
      graph,
      { fresh: [{ role: 'user', content }], window: [], tokens: 0 },
      { configurable: { thread_id } },
    );
    most = Math.max(most, state.tokens);
    const { text } = await engine.sessions.read({ id: `langgraph:${thread_id}`, last: 1 });
    last = text.split('\n').slice(1).join('\n');
  }
  return { most, last };
}

/** What LangGraph's runtime does with a straight line of nodes: each returns the part of the state that it changes. */
async function run(nodes: readonly Node[], start: State, config: Config): Promise<State> {
  let state = start;
  for (const node of nodes) state = { ...state, ...(await node(state, config)) };
  return state;
}

/** Stands for a model: it knows nothing but its window. */
async function model(window: State['window']): Promise<Said> {
  const texts = window.map(({ content }) => JSON.stringify(content));
  const content = !texts.at(-1)?.includes('?')
    ? 'Noted.'
    : (/deploy key is kept in vault \w+/.exec(texts.join('\n'))?.[0] ?? 'You never said so here.');
  return { role: 'assistant', content };
}

/** Stands for a model that is asked for a summary: what it was told to remember. */
async function write(conversation: string): Promise<string> {
  return [...new Set(conversation.match(/Remember: .*/g))].join('\n') || 'Steps were taken.';
}
