import { resolve } from 'node:path';
import type { Engine } from '../engine.js';
import type { ProposedChange } from '../schema/memory.js';
import { homeNodes } from '../scope.js';
import { type Command, print } from './command.js';
import { type Addition, readImport } from './import-file.js';
import { readHistory } from './import-history.js';
import { type Looked, plan } from './import-plan.js';
import { importHistory } from './import-sessions.js';
import { Progress } from './progress.js';
import { readText } from './read-text.js';

const BATCH = 100;
const WANTED = 'a file written by `mintmark export`, or a history of messages';

export const importMemories: Command = {
  name: 'import',
  description:
    'Add the memories of a `mintmark export` or of @modelcontextprotocol/server-memory, or the messages of a Claude Code transcript or of an OpenAI or Anthropic history.',
  configure(program) {
    program.argument('<file>', 'a file of JSON lines, or a JSON history; a bad line imports nothing');
  },
  async work(engine, given) {
    const path = resolve(given.arguments[0] ?? '');
    const text = await readText(path, WANTED);
    const history = readHistory(text);
    if (history) return importHistory(engine, given, { path, history });
    const { format, memories: read } = readImport(text);
    const memories = format === 'server-memory' ? read.map(addition => atHome(engine, addition)) : read;
    const { changes, duplicates, history: replaced } = plan(await lookUp(engine, memories));
    const added = await addAll(engine, changes);
    print(given, { path, format, ...added, duplicates, history: replaced }, () => [
      `${added.imported} memories imported from ${path} (${format})`,
      `${String(added.superseded).padStart(8)} here were replaced by them`,
      `${String(duplicates).padStart(8)} skipped: known already`,
      `${String(replaced).padStart(8)} skipped: replaced or retired where they come from`,
      ...(added.redactions > 0 ? [`! ${added.redactions} secrets were redacted`] : []),
      ...(added.contradictions > 0
        ? [`! ${added.contradictions} contradict what was known; search for them and retire what is wrong`]
        : []),
    ]);
    return 0;
  },
};

/** That server knows no projects, so what it kept belongs where the import is run, or nobody would find it unasked. */
function atHome(engine: Engine, { change, ...addition }: Addition): Addition {
  const nodes = [...homeNodes(engine.call().home), ...(change.graph_nodes ?? [])];
  return { ...addition, change: { ...change, graph_nodes: nodes } };
}

/** Checks every memory against the rules and the database before anything is written. */
async function lookUp(engine: Engine, memories: readonly Addition[]): Promise<Looked[]> {
  const looked: Looked[] = [];
  for (let start = 0; start < memories.length; start += BATCH) {
    const page = memories.slice(start, start + BATCH);
    const found = await engine.memories.known(
      page.map(({ change }) => change),
      asPerson(engine),
    );
    for (const [index, addition] of page.entries())
      looked.push({ addition, known: found[index] ?? { problems: ['it was not looked up'] } });
  }
  return looked;
}

type Added = {
  readonly imported: number;
  readonly superseded: number;
  readonly redactions: number;
  readonly contradictions: number;
};

async function addAll(engine: Engine, changes: readonly ProposedChange[]): Promise<Added> {
  using progress = new Progress('memories', changes.length);
  let added: Added = { imported: 0, superseded: 0, redactions: 0, contradictions: 0 };
  for (let start = 0; start < changes.length; start += BATCH) {
    added = sum(added, await addBatch(engine, changes.slice(start, start + BATCH)));
    progress.report(added.imported);
  }
  return added;
}

/** One transaction unless something contradicts what is known; then the person, who asked for all of it, decides it at once. */
async function addBatch(engine: Engine, changes: readonly ProposedChange[]): Promise<Added> {
  const call = asPerson(engine);
  const proposed = await engine.memories.propose({ changes, commit: true }, call);
  if (proposed.status === 'needs_review') await engine.memories.decide({ batch_id: proposed.batch_id }, call);
  return {
    imported: changes.length,
    superseded: changes.reduce((count, { supersedes = [] }) => count + supersedes.length, 0),
    redactions: proposed.redacted?.length ?? 0,
    contradictions: proposed.changes.filter(({ contradictions }) => contradictions.length > 0).length,
  };
}

const sum = (left: Added, right: Added): Added => ({
  imported: left.imported + right.imported,
  superseded: left.superseded + right.superseded,
  redactions: left.redactions + right.redactions,
  contradictions: left.contradictions + right.contradictions,
});

/** The person at the command line approves; each memory's own trust stays `import`. */
const asPerson = (engine: Engine) => engine.call({ trust: 'user' });
