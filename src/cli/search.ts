import { InvalidArgumentError } from 'commander';
import * as z from 'zod';
import type { SearchReply } from '../engine.js';
import { type Command, print } from './command.js';

const LIMIT = 100;
const Flags = z.object({ all: z.boolean().optional(), limit: z.number().optional() });

export const search: Command = {
  name: 'search',
  description:
    'Search memories, checkpoints, episodes, messages, summaries and blobs of the home scope and global.',
  configure(program) {
    program
      .argument('<query...>', 'words to look for')
      .option('--all', 'look in all scopes')
      .option('--limit <count>', `hits to show, 1 to ${LIMIT}`, toLimit);
  },
  async work(engine, given) {
    const reply = await engine.search({ query: given.arguments.join(' '), ...Flags.parse(given.flags) });
    print(given, reply, () => lines(reply));
    return 0;
  },
};

function lines({ hits, more, scope }: SearchReply): string[] {
  const shown = hits.flatMap(({ uri, score, kind, type = kind, trust, lines: at, snippet = '' }) => [
    `${score.toFixed(2)} ${[type, trust, uri, at && `lines ${at}`].filter(Boolean).join(' ')}`,
    ...snippet.split('\n').map(line => `     ${line}`),
  ]);
  return [...shown, `${hits.length} of ${hits.length + more} in ${scope}`];
}

function toLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT) return limit;
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${LIMIT}.`);
}
