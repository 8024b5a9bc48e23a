import { type Command, print } from './command.js';

export const maintain: Command = {
  name: 'maintain',
  description:
    'Expire undecided batches, apply retention when it is on, complete the search index, empty the write-ahead log.',
  async work(engine, given) {
    const done = await engine.maintain();
    print(given, done, () => [
      `${String(done.expired_batches).padStart(8)} batches expired`,
      `${String(done.deprecated_memories).padStart(8)} memories deprecated by retention`,
      `${String(done.dropped_replies).padStart(8)} stored replies dropped`,
      `${String(done.indexed).padStart(8)} entries of an earlier version indexed`,
      ...(done.wal_pending
        ? ['! another window still reads from the write-ahead log; run it again later']
        : []),
    ]);
    return 0;
  },
};
