import { resolve } from 'node:path';
import * as z from 'zod';
import type { Engine } from '../engine.js';
import { EngineError } from '../errors.js';
import type { ProposedChange } from '../schema/memory.js';
import { homeNodes } from '../scope.js';
import { type Command, counted, type Given, print } from './command.js';
import type { Addition, ImportFile } from './import-file.js';
import { type Looked, type Plan, plan } from './import-plan.js';
import { readHeld } from './import-read.js';
import { importHistory } from './import-sessions.js';
import { Progress } from './progress.js';

const BATCH = 100;
const Flags = z.object({ global: z.boolean().optional(), dryRun: z.boolean().optional() });

export const importMemories: Command = {
  name: 'import',
  description:
    'Add the memories of a `mintmark export`, of Markdown (CLAUDE.md, a memory bank, notes: a file or a folder), of server-memory or of a JSON export of mem0, OpenMemory and others; or the messages of a Claude Code transcript or of an OpenAI or Anthropic history.',
  configure(program) {
    program
      .argument('<path>', 'a file or a folder; one bad line imports nothing')
      .option('--dry-run', 'show what would be added, and add nothing')
      .option('--global', 'for every project, not only the home scope');
  },
  async work(engine, given) {
    const path = resolve(given.arguments[0] ?? '');
    const held = await readHeld(path);
    if (held.format === 'history') return importHistory(engine, given, { path, history: held.history });
    const { global = false, dryRun = false } = Flags.parse(given.flags);
    const planned = plan(await lookUp(engine, placed(engine, held, global)));
    if (dryRun) show(given, planned, { path, format: held.format });
    else tell(given, await addAll(engine, planned.changes), { path, format: held.format, planned });
    return 0;
  },
};

type From = { readonly path: string; readonly format: string };

function show(given: Given, { changes, duplicates, history }: Plan, { path, format }: From): void {
  const memories = changes.map(({ type, content, graph_nodes = [] }) => ({ type, content, graph_nodes }));
  print(given, { path, format, dry_run: true, memories, duplicates, history }, () => [
    ...memories.map(({ type, content }) => `${type}: ${content}`),
    `${memories.length} memories would be imported from ${path} (${format}), ${duplicates} are known already`,
  ]);
}

function tell(
  given: Given,
  added: Added,
  { path, format, planned }: From & { readonly planned: Plan },
): void {
  const { duplicates, history } = planned;
  const nodes = new Set(planned.changes.flatMap(({ graph_nodes = [] }) => graph_nodes));
  print(given, { path, format, ...added, duplicates, history }, () => [
    `${added.imported} memories imported from ${path} (${format})`,
    ...(added.superseded > 0 ? [counted(added.superseded, 'here were replaced by them')] : []),
    ...(duplicates > 0 ? [counted(duplicates, 'skipped: known already')] : []),
    ...(history > 0 ? [counted(history, 'skipped: replaced or retired where they come from')] : []),
    ...(nodes.size > 0 ? [`They are about ${some([...nodes])}.`] : []),
    ...(added.redactions > 0 ? [`! ${added.redactions} secrets were redacted`] : []),
    ...(added.contradictions > 0
      ? [`! ${added.contradictions} contradict what was known; search for them and retire what is wrong`]
      : []),
  ]);
}

const some = (nodes: readonly string[]): string =>
  nodes.length > 5 ? `${nodes.slice(0, 5).join(', ')} and ${nodes.length - 5} more` : nodes.join(', ');

/** Others know no projects, so what they kept belongs where the import is run, or nobody would find it unasked. */
function placed(engine: Engine, { format, memories }: ImportFile, global: boolean): readonly Addition[] {
  if (format !== 'mintmark.memories') {
    const home = homeNodes(engine.call().home);
    return memories.map(({ change, ...addition }) => ({
      ...addition,
      change: { ...change, graph_nodes: global ? [] : [...home, ...(change.graph_nodes ?? [])] },
    }));
  }
  if (global)
    throw new EngineError(
      'invalid',
      '--global is given, but each memory of a mintmark export has a scope of its own.',
      'Import it without --global.',
    );
  return memories;
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
