import { type Command, print } from './command.js';

export const doctor: Command = {
  name: 'doctor',
  description: 'Check the database; exits with 1 and says what to do when something is wrong.',
  configure(program) {
    program.option('--deep', 'also check every content hash, row and search index entry against the ledger');
  },
  async work(engine, given) {
    const found = await engine.verify({ deep: given.flags.deep === true });
    print(given, found, () => [
      `${found.store.path} (${found.store.engine}, schema ${found.store.schema_version})`,
      `checked: ${found.checks.join(', ')}`,
      ...found.findings.flatMap(({ check, found: what, advice }) => [`! ${check}: ${what}`, `  ${advice}`]),
      found.healthy ? 'healthy' : `${found.findings.length} found`,
    ]);
    return found.healthy ? 0 : 1;
  },
};
