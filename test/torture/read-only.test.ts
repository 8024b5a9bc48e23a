import { chmodSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { environment, mintmark, openFile, outcomeOf, temporaryFolder } from '../support/mintmark.js';
import { type Command, Spawned } from '../support/spawn.js';

const isRoot = process.getuid?.() === 0;
/** Nothing is read-only for root. */
const NOBODY: Command = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...mintmark];
const write = { changes: [{ content: 'Kamal deploys.' }], commit: true };

/** What somebody else may read and not write, in a folder that is the same for them or not. */
const permit = (db: string, folder: number) => {
  for (const file of readdirSync(dirname(db))) chmodSync(join(dirname(db), file), 0o444);
  chmodSync(dirname(db), folder);
};

async function asked(db: string) {
  await using server = await new Spawned(isRoot ? NOBODY : mintmark, environment(db)).initialize();
  const outcomes = [
    outcomeOf(await server.call('search', { query: 'kamal' })),
    outcomeOf(await server.call('memory_propose', write)),
  ];
  return outcomes.map(outcome => ('failure' in outcome ? outcome.failure : 'answered'));
}

it.skipIf(process.platform !== 'linux').each([
  ['in a folder that can be written', 0o777, 'closed'],
  ['in a read-only folder, while a window has it open', 0o555, 'open'],
])('a file that cannot be written, %s, is read; a write is refused and says why', async (_, mode, state) => {
  using folder = temporaryFolder();
  const db = folder.file('memory.db');
  const other = openFile(db);
  await other.memories.propose(write);
  if (state === 'closed') await other.close();
  permit(db, mode);
  const [read, written] = await asked(db);
  expect(read).toBe('answered');
  expect(written).toMatch(/^read_only: The database is read-only for this user.*--db/s);
  chmodSync(dirname(db), 0o755);
  if (state === 'open') await other.close();
});

it.skipIf(process.platform !== 'linux')(
  'in a read-only folder that nobody has it open in, it cannot be read either',
  async () => {
    using folder = temporaryFolder();
    const db = folder.file('memory.db');
    const other = openFile(db);
    await other.memories.propose(write);
    await other.close();
    permit(db, 0o555);
    for (const outcome of await asked(db))
      expect(outcome).toMatch(/^read_only: The folder of the database cannot be written.*copy the file/s);
    chmodSync(dirname(db), 0o755);
  },
);
