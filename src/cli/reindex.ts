import { type Command, print } from './command.js';
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
      `${String(done.embedded).padStart(8)} embedded`,
      `${String(done.removed).padStart(8)} vectors removed that belonged to nothing`,
      `${String(done.dropped_models).padStart(8)} other models dropped`,
    ]);
    return 0;
  },
};
