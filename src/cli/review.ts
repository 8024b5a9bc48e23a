import { createInterface, type Interface } from 'node:readline/promises';
import { Option } from 'commander';
import * as z from 'zod';
import type { Decided, Engine, Pending } from '../engine.js';
import { EngineError } from '../errors.js';
import { pendingText } from '../memory/pending.js';
import { type Command, type Given, plain, print } from './command.js';

const Flags = z.object({
  approve: z.boolean().optional(),
  reject: z.boolean().optional(),
  reason: z.string().optional(),
});
type Verdict = { readonly decision: 'commit' | 'reject'; readonly reason?: string | undefined };

export const review: Command = {
  name: 'review',
  description: 'Show the batches that wait for a person, or decide one. Asks for each at a terminal.',
  configure(program) {
    program
      .argument('[batch_id]', 'the batch to show or decide')
      .addOption(new Option('--approve', 'commit the batch').conflicts('reject'))
      .addOption(new Option('--reject', 'reject the batch'))
      .option('--reason <text>', 'why it is rejected')
      .hook('preAction', (_parent, command) => {
        const { approve, reject } = Flags.parse(command.opts());
        if ((approve || reject) && command.args.length === 0)
          command.error('error: --approve and --reject need a batch_id');
      });
  },
  async work(engine, given) {
    const [id] = given.arguments;
    const { approve, reject, reason } = Flags.parse(given.flags);
    if (id !== undefined && (approve || reject))
      return show(given, await decide(engine, id, { decision: approve ? 'commit' : 'reject', reason }));
    const batches = await waiting(engine, id);
    if (process.stdin.isTTY && process.stdout.isTTY && given.flags.json !== true)
      return askAll(engine, batches);
    print(given, batches, () =>
      batches.length === 0 ? ['Nothing waits for review.'] : batches.map(pendingText),
    );
    return 0;
  },
};

async function waiting(engine: Engine, id: string | undefined): Promise<Pending[]> {
  const batches = await engine.memories.pending();
  if (id === undefined) return batches;
  const named = batches.filter(batch => batch.batch_id === id);
  if (named.length > 0) return named;
  throw new EngineError(
    'not_found',
    `No batch ${id} waits for review.`,
    'Run `mintmark review` to see those that do.',
  );
}

/** Whoever is at the command line is a person. */
const decide = (engine: Engine, batch_id: string, verdict: Verdict): Promise<Decided> =>
  engine.memories.decide({ batch_id, ...verdict }, engine.call({ trust: 'user' }));

function show(given: Given, decided: Decided): number {
  print(given, decided, () => summary(decided));
  return 0;
}

const summary = ({ batch_id, status, committed_ids, superseded_ids, deprecated_ids }: Decided): string[] => [
  `${batch_id} ${status}`,
  ...committed_ids.map(id => `  added ${id}`),
  ...superseded_ids.map(id => `  replaced ${id}`),
  ...deprecated_ids.map(id => `  retired ${id}`),
];

async function askAll(engine: Engine, batches: readonly Pending[]): Promise<number> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  let failed = 0;
  try {
    for (const batch of batches) failed += await ask(engine, terminal, batch);
  } finally {
    terminal.close();
  }
  if (batches.length === 0) process.stdout.write('Nothing waits for review.\n');
  return failed === 0 ? 0 : 1;
}

/** Returns 1 when the decision could not be made, so that the batches after it are still asked about. */
async function ask(engine: Engine, terminal: Interface, batch: Pending): Promise<0 | 1> {
  process.stdout.write(`${plain(pendingText(batch))}\n`);
  const answer = (await terminal.question('Commit it? y / n / skip: ')).trim().toLowerCase();
  const decision =
    answer === 'y' || answer === 'yes' ? 'commit' : answer === 'n' || answer === 'no' ? 'reject' : undefined;
  if (!decision) return 0;
  try {
    process.stdout.write(`${summary(await decide(engine, batch.batch_id, { decision })).join('\n')}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    process.stdout.write(`${plain(error.message)}\n${error.hint}\n`);
    return 1;
  }
}
