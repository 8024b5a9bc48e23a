import { type Command, print } from './command.js';

export const load: Command = {
  name: 'load',
  description:
    'Print what load_by_scope tells an agent: checkpoints, open runs and memories of the home scope and global. A hook at the start of a session runs this.',
  configure(program) {
    program.option('--all', 'load all scopes');
  },
  async work(engine, given) {
    const reply = await engine.load({ all: given.flags.all === true });
    print(given, reply, () => [reply.text]);
    return 0;
  },
};
