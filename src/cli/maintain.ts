import { type Command, counted, print } from './command.js';

export const maintain: Command = {
  name: 'maintain',
  description:
    'Expire undecided batches, apply retention when it is on, complete the search index, empty the write-ahead log.',
  async work(engine, given) {
    const done = await engine.maintain();
    print(given, done, () => [
      counted(done.expired_batches, 'batches expired'),
      counted(done.deprecated_memories, 'memories deprecated by retention'),
      counted(done.dropped_replies, 'stored replies dropped'),
      counted(done.dropped_models, 'models without use dropped'),
      counted(done.indexed, 'entries of an earlier version indexed'),
      ...(done.wal_pending
        ? ['! another window still reads from the write-ahead log; run it again later']
        : []),
    ]);
    return 0;
  },
};
