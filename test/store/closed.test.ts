import { EventEmitter, once } from 'node:events';
import { expect, it } from 'vitest';
import { openEngine } from '../../src/engine.js';
import { openPostgres } from '../../src/store/postgres/open.js';
import { databaseFor } from '../support/engines.js';
import { temporaryFolder } from '../support/mintmark.js';
import { openFixed } from './everything.js';

const REFUSAL = { code: 'unavailable', message: 'The engine is closed.' };
const fact = { changes: [{ content: 'Kamal deploys.' }], commit: true };

it.each([[':memory:'], ['memory.db']])('a closed engine on %s refuses every call', async name => {
  using folder = temporaryFolder();
  const db = name === ':memory:' ? name : folder.file(name);
  const engine = openFixed(db);
  await engine.memories.propose(fact);
  await engine.close();
  for (const call of [
    () => engine.memories.propose(fact),
    () => engine.search({ query: 'deploys' }),
    () => engine.status(),
    () => engine.tokens.list(),
    () => engine.subscribe(() => {}),
  ])
    await expect(call()).rejects.toMatchObject(REFUSAL);
  await engine.close();
});

it('so does one that was closed before it was used', async () => {
  using folder = temporaryFolder();
  const engine = openFixed(folder.file('memory.db'));
  await engine.close();
  await expect(engine.memories.propose(fact)).rejects.toMatchObject(REFUSAL);
});

it('a database server that was never connected to can be closed', async () => {
  const store = openPostgres({
    ...{ url: 'postgres://[no-url', durability: 'full', busyTimeoutMs: 100, statementTimeoutMs: 100 },
    ...{ connections: 1, near: { index: 'none', exact: 1 }, checkNamespace: () => {} },
  });
  await expect(store.read('default', async () => {})).rejects.toThrow();
  await store.close();
});

it('what waits its turn when an engine is closed is refused, and what was answered is kept', async () => {
  using folder = temporaryFolder();
  const db = folder.file('memory.db');
  const engine = openFixed(db);
  await engine.status();
  const asked = Array.from({ length: 100 }, () =>
    engine.memories.propose(fact).then(
      () => 'answered',
      (error: Error) => error.message,
    ),
  );
  await asked[0];
  await engine.close();
  const answers = await Promise.all(asked);
  const answered = answers.filter(answer => answer === 'answered').length;
  // In which order they come to their turn is PostgreSQL's to say: what each reads before takes as long as it takes.
  expect(answers.filter(one => one !== 'answered' && one !== REFUSAL.message)).toEqual([]);
  await using next = openFixed(db);
  expect((await next.status()).counts.events).toBe(answered);
});

it('closes though an embedder of the caller never answers and hears no signal', async () => {
  using folder = temporaryFolder();
  const begun = new EventEmitter();
  const embed = () => {
    begun.emit('begun');
    return new Promise<Float32Array[]>(() => {});
  };
  const db = databaseFor(folder.file('memory.db'));
  const engine = openEngine({ db, embedder: { name: 'deaf', dims: 3, embed } });
  await engine.memories.propose(fact);
  const beginning = once(begun, 'begun');
  void engine.settled();
  await beginning;
  await engine.close();
});
