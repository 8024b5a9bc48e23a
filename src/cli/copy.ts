import { existsSync, realpathSync } from 'node:fs';
import * as z from 'zod';
import { resolveOptions } from '../config/load.js';
import { type Copied, type Copying, copyNamespace } from '../copy/copy.js';
import { EngineError } from '../errors.js';
import { openStore } from '../open-store.js';
import type { Store } from '../store/store.js';
import { isPostgres, shownUrl } from '../text/database-url.js';
import { type Command, print } from './command.js';
import { Progress } from './progress.js';

const Flags = z.object({
  from: z.string().min(1).optional(),
  to: z.string().min(1),
  namespace: z.string().optional(),
});

export const copy: Command = {
  name: 'copy',
  description:
    'Copy a whole store to another while it is in use, byte for byte; stopped, it goes on where it was. Both are verified.',
  configure(program) {
    program
      .option(
        '--from <db>',
        'the file or postgres:// URL to copy from, with all its namespaces or --namespace alone; default: --db',
      )
      .requiredOption(
        '--to <db>',
        'the file or postgres:// URL to copy to, which is empty or an unfinished copy',
      );
  },
  async work(engine, given) {
    const { namespace, ...named } = Flags.parse(given.flags);
    const [db, target] = [databaseOf(named.from ?? engine.config.db), databaseOf(named.to)];
    const source = isPostgres(db) ? shownUrl(db) : db;
    demandElsewhere(placeOf(db), placeOf(target));
    const from = openStore(db, engine.config);
    // A file that is lost with its machine is copied to anew: only its end has to be durable, and that is written out.
    const durability = isPostgres(target) ? engine.config.durability : 'normal';
    const to = openStore(target, { ...engine.config, durability });
    try {
      const done: Copied[] = [];
      for (const name of await chosen(from, { source, namespace }))
        done.push(await copyOne({ from, to, source, namespace: name }));
      print(given, done, () => done.map(described));
      return 0;
    } finally {
      await Promise.all([from.close(), to.close()]);
    }
  },
};

/** As --db is read. */
const databaseOf = (db: string): string => resolveOptions({ db }).db;

/** What a copy is made to again is a copy already, so that a store that is one would be found to hold the same. */
function demandElsewhere(source: string, target: string): void {
  if (source !== target && target !== ':memory:') return;
  throw new EngineError(
    'invalid',
    source === target
      ? `--to is ${target}, which is what is copied from.`
      : '--to is :memory:, which is gone as soon as the copy is made.',
    'Give --to another file or database.',
  );
}

function placeOf(db: string): string {
  if (isPostgres(db)) return shownUrl(db);
  return existsSync(db) ? realpathSync(db) : db;
}

async function chosen(
  from: Store,
  { source, namespace }: { readonly source: string; readonly namespace: string | undefined },
): Promise<string[]> {
  const all = await from.namespaces();
  const wanted = namespace === undefined ? all : all.filter(name => name === namespace);
  if (wanted.length > 0) return wanted;
  if (all.length > 0)
    throw new EngineError(
      'not_found',
      `There is no namespace "${namespace}" at ${source}.`,
      `Give --namespace one that is there, or none for all of them: ${all.join(', ')}.`,
    );
  throw new EngineError(
    'not_found',
    `There is no store at ${source}.`,
    'Give --from the path that `mintmark status` shows.',
  );
}

async function copyOne(copying: Copying): Promise<Copied> {
  let shown: { readonly what: string; readonly bar: Progress } | undefined;
  try {
    return await copyNamespace({
      ...copying,
      progress: (what, done, total) => {
        if (shown?.what !== what) {
          shown?.bar[Symbol.dispose]();
          shown = { what, bar: new Progress(`${what} of ${copying.namespace}`, total) };
        }
        shown.bar.report(done);
      },
    });
  } finally {
    shown?.bar[Symbol.dispose]();
  }
}

const described = ({ namespace, events, rows, vectors, streams }: Copied): string =>
  `${namespace}: ${events} events in ${streams} streams, ${rows} rows and ${vectors} vectors; both sides hold the same`;
