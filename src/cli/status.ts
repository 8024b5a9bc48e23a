import { type Command, print } from './command.js';

export const status: Command = {
  name: 'status',
  description: 'Show what is stored, what waits for review and where the data lies.',
  async work(engine, given) {
    const found = await engine.status();
    print(given, found, () => [
      `mintmark ${found.version}, namespace ${found.namespace}, home ${found.scope}`,
      `${found.store.path} (${found.store.engine}, schema ${found.store.schema_version}, ${Math.ceil(found.store.size_bytes / 1024)} KiB)`,
      ...Object.entries(found.counts).map(
        ([name, count]) => `${String(count).padStart(8)} ${name.replaceAll('_', ' ')}`,
      ),
      `${String(found.backlog.pending_batches).padStart(8)} batches pending`,
      ...(found.backlog.pending_embeddings === undefined
        ? []
        : [`${String(found.backlog.pending_embeddings).padStart(8)} embeddings pending`]),
      ...found.warnings.map(warning => `! ${warning}`),
    ]);
    return 0;
  },
};
