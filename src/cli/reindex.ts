import { type Command, counted, print } from './command.js';
import { Progress } from './progress.js';

export const reindex: Command = {
  name: 'reindex',
  description:
    'Make the vectors that are missing with the configured embedder, then drop those of other models.',
  configure(program) {
    program.option('--fresh', 'make all vectors anew; the old ones serve until the new are complete');
  },
  async work(engine, given) {
    let shown: Progress | undefined;
    const done = await engine.reindex({
      fresh: given.flags.fresh === true,
      progress: (embedded, total) => {
        shown ??= new Progress('embedded', total);
        shown.report(embedded);
      },
    });
    shown?.[Symbol.dispose]();
    print(given, done, () => [
      `${done.model}, ${done.dims} dimensions`,
      counted(done.embedded, 'embedded'),
      counted(done.removed, 'vectors removed that belonged to nothing'),
      counted(done.dropped_models, 'other models dropped'),
    ]);
    return 0;
  },
};
