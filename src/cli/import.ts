import { resolve } from 'node:path';
import * as z from 'zod';
import { workingFolder } from '../config/paths.js';
import { EngineError } from '../errors.js';
import { homeNodes } from '../scope.js';
import { type Command, counted, type Given, print } from './command.js';
import { type Added, addAll, lookUp } from './import-add.js';
import type { Addition, ImportFile } from './import-file.js';
import { type Gone, goneFrom, retiring } from './import-gone.js';
import { type Plan, plan, saidBy } from './import-plan.js';
import { noMarkdown, readHeld } from './import-read.js';
import { importHistory } from './import-sessions.js';
import { namerOf } from './import-source.js';

const Flags = z.object({
  global: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  retire: z.boolean().default(false),
});

export const importMemories: Command = {
  name: 'import',
  description:
    'Add the memories of a `mintmark export`, of Markdown (CLAUDE.md, a memory bank, notes: a file or a folder), of server-memory or of a JSON export of mem0, OpenMemory and others; or the messages of a Claude Code transcript, of what ChatGPT or Claude.ai export, or of an OpenAI or Anthropic history.',
  configure(program) {
    program
      .argument('<path>', 'a file or a folder; one bad line imports nothing')
      .option('--dry-run', 'show what would be added, and add nothing')
      .option('--global', 'for every project, not only the home scope')
      .option(
        '--retire',
        'of Markdown imported before: also deprecate what it says no more, and what files said that a folder lost',
      );
  },
  async work(engine, given) {
    const path = resolve(given.arguments[0] ?? '');
    const { global, dryRun, retire } = Flags.parse(given.flags);
    const apart = global || engine.config.scope !== undefined;
    const held = await readHeld(path, namerOf({ cwd: workingFolder(), apart }));
    if (retire && held.format !== 'markdown') throw onlyMarkdown(path);
    if (held.format === 'history')
      return importHistory(engine, given, { path, history: held.history, global, dryRun });
    const { home } = engine.call();
    const nodes = global ? [] : homeNodes(home);
    const places = [nodes, ...(global ? [] : home.aliases.map(alias => [alias]))];
    const looked = await lookUp(engine, placed(held, nodes, global));
    const gone = await goneFrom(engine, { ...held, places, said: saidBy(looked) });
    if (held.files?.length === 0 && gone.length === 0) throw noMarkdown(path);
    const planned = { ...plan(looked), gone };
    const from = { path, format: held.format, holds: held.memories.length };
    if (dryRun) {
      show(given, planned, from);
      return 0;
    }
    const changes = [...(retire ? gone.map(retiring) : []), ...planned.changes];
    tell(given, await addAll(engine, changes), { ...from, planned });
    return 0;
  },
};

type From = {
  readonly path: string;
  readonly format: string;
  /** How many memories, whatever is known of them. */
  readonly holds: number;
};
type Planned = Plan & { readonly gone: readonly Gone[] };

function show(
  given: Given,
  { changes, duplicates, history, gone }: Planned,
  { path, format, holds }: From,
): void {
  const memories = changes.map(({ type, content, graph_nodes = [] }) => ({ type, content, graph_nodes }));
  print(given, { path, format, dry_run: true, memories, duplicates, history, gone }, () => [
    ...memories.map(({ type, content }) => `${type}: ${content}`),
    holds === 0
      ? nothingIn(path, format)
      : `${memories.length} memories would be imported from ${path} (${format}), ${duplicates} are known already`,
    ...gone.map(({ content }) => `said no more: ${content}`),
  ]);
}

function tell(
  given: Given,
  added: Added,
  { path, format, holds, planned }: From & { readonly planned: Planned },
): void {
  const { duplicates, history, gone } = planned;
  const nodes = new Set(planned.changes.flatMap(({ graph_nodes = [] }) => graph_nodes));
  print(given, { path, format, ...added, duplicates, history, gone }, () => [
    holds === 0 ? nothingIn(path, format) : `${added.imported} memories imported from ${path} (${format})`,
    ...(added.superseded > 0 ? [counted(added.superseded, 'here were replaced by them')] : []),
    ...(added.retired > 0 ? [counted(added.retired, 'retired: said no more')] : []),
    ...(duplicates > 0 ? [counted(duplicates, 'skipped: known already')] : []),
    ...(history > 0 ? [counted(history, 'skipped: replaced or retired where they come from')] : []),
    ...(nodes.size > 0 ? [`They are about ${some([...nodes])}.`] : []),
    ...(added.redactions > 0 ? [`! ${added.redactions} secrets were redacted`] : []),
    ...(added.contradictions > 0
      ? [`! ${added.contradictions} contradict what was known; search for them and retire what is wrong`]
      : []),
    ...(gone.length > added.retired
      ? [`! ${gone.length} it says no more; --dry-run shows them, --retire deprecates them`]
      : []),
  ]);
}

const nothingIn = (path: string, format: string): string =>
  `nothing to import: ${path} (${format}) holds no memory`;

const some = (nodes: readonly string[]): string =>
  nodes.length > 5 ? `${nodes.slice(0, 5).join(', ')} and ${nodes.length - 5} more` : nodes.join(', ');

const onlyMarkdown = (path: string): EngineError =>
  new EngineError(
    'invalid',
    `--retire is given, but ${path} is not Markdown: only what came from a file of it is known to be said no more.`,
    'Import it without --retire.',
  );

/** Others know no projects, so what they kept belongs where the import is run, or nobody would find it unasked. */
function placed(
  { format, memories }: ImportFile,
  nodes: readonly string[],
  global: boolean,
): readonly Addition[] {
  if (format !== 'mintmark.memories') {
    return memories.map(({ change, ...addition }) => ({
      ...addition,
      change: { ...change, graph_nodes: global ? [] : [...nodes, ...(change.graph_nodes ?? [])] },
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
