import { type Command, counted, print } from './command.js';

export const status: Command = {
  name: 'status',
  description: 'Show what is stored, what waits for review and where the data lies.',
  async work(engine, given) {
    const found = await engine.status();
    print(given, found, () => [
      `mintmark ${found.version}, namespace ${found.namespace}, home ${found.scope}`,
      `${found.store.path} (${found.store.engine}, schema ${found.store.schema_version}, ${Math.ceil(found.store.size_bytes / 1024)} KiB)`,
      ...Object.entries(found.counts).map(([name, count]) => counted(count, name.replaceAll('_', ' '))),
      counted(found.backlog.pending_batches, 'batches pending'),
      ...(found.backlog.pending_embeddings === undefined
        ? []
        : [counted(found.backlog.pending_embeddings, 'embeddings pending')]),
      ...found.warnings.map(warning => `! ${warning}`),
    ]);
    return 0;
  },
};
