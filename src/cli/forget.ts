import { Option } from 'commander';
import * as z from 'zod';
import { type Command, print } from './command.js';

const Flags = z.object({ purge: z.boolean().optional(), restore: z.boolean().optional() });

export const forget: Command = {
  name: 'forget',
  description:
    'Retire memories, so that nothing finds them unasked; bring them back, or erase them or anything else for good.',
  configure(program) {
    program
      .argument('<id...>', 'ids or URIs, as search and load name them')
      .addOption(new Option('--restore', 'bring back what was retired').conflicts('purge'))
      .addOption(new Option('--purge', 'erase every byte, whatever it is; there is no way back'));
  },
  async work(engine, given) {
    const { purge, restore } = Flags.parse(given.flags);
    const done = await engine.memories.forget({ ids: given.arguments, purge, restore });
    const verb = purge ? 'erased' : restore ? 'restored' : 'retired';
    print(given, done, () => [
      `${verb} ${done.count}`,
      ...done.ids.map(id => `  ${id}`),
      ...(done.wal_pending
        ? ['Another window still reads the old pages: `mintmark maintain` finishes it.']
        : []),
      ...(done.note === undefined ? [] : [done.note]),
    ]);
    return 0;
  },
};
