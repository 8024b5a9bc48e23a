import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { endpoint } from '../support/endpoint.js';
import { POSTGRES } from '../support/engines.js';
import { environment, mintmark, openFile, outcomeOf, temporaryFolder } from '../support/mintmark.js';
import { Spawned } from '../support/spawn.js';
import { rowsOf } from '../support/stored.js';

const PROCESSES = 4;
const WRITES = 60;

it(`${PROCESSES} processes on one file embed every row exactly once`, async () => {
  using folder = temporaryFolder();
  await using model = await endpoint();
  const db = folder.file('shared.db');
  const servers = await Promise.all(Array.from({ length: PROCESSES }, () => start(db, model.url)));
  const contents = (await Promise.all(servers.map(write))).flat();
  await drained(db);
  expect(await vectors(db)).toBe(PROCESSES * WRITES);
  expect(model.embedded.toSorted()).toEqual(contents.toSorted());
  for (const server of servers) server.endInput();
  await Promise.all(servers.map(server => server.ends()));
  await sound(db);
});

it('loses no pending row to kill -9 in the middle', async () => {
  using folder = temporaryFolder();
  await using model = await endpoint();
  const db = folder.file('killed.db');
  for (let round = 0; round < 3; round += 1) {
    const asked = model.requests.length;
    // The first answers come, then none: rows are claimed, some are written, some are under way.
    let answers = 2;
    model.follow(() => (answers-- > 0 ? undefined : true));
    const server = await start(db, model.url);
    await write(server);
    while (model.requests.length < asked + 3) await sleep(5);
    server.child.kill('SIGKILL');
    await server.exited;
  }
  model.follow(() => undefined);
  await using server = await start(db, model.url);
  await server.call('search', { query: 'anything' });
  await drained(db);
  expect(await vectors(db)).toBe(3 * WRITES);
  await sound(db);
});

async function start(db: string, url: string): Promise<Spawned> {
  const settings = {
    MINTMARK_EMBEDDER: 'http',
    MINTMARK_EMBED_URL: url,
    MINTMARK_EMBED_MODEL: 'scripted',
    MINTMARK_EMBED_BATCH: '20',
    MINTMARK_EMBED_RETRY_MS: '50',
  };
  return new Spawned(mintmark, { ...environment(db), ...settings }).initialize();
}

let count = 0;

async function write(server: Spawned): Promise<string[]> {
  const contents: string[] = [];
  for (let index = 0; index < WRITES; index += 1) {
    const word = (salt: number) => ((++count * 7919 + salt) * 48_271).toString(36);
    const content = `${word(1)} ${word(2)} ${word(3)}`;
    const outcome = outcomeOf(await server.call('memory_propose', { changes: [{ content }], commit: true }));
    if ('failure' in outcome) throw new Error(outcome.failure);
    contents.push(content);
  }
  return contents;
}

/** Looks with a connection of its own, so that nothing under test is asked. */
async function drained(db: string): Promise<void> {
  for (let looks = 0; looks < 3000; looks += 1) {
    if ((await vectors(db)) === (await number(db, 'select count(*) as number from memory'))) return;
    await sleep(100);
  }
  throw new Error(`${await vectors(db)} vectors of fewer rows than there are, after five minutes`);
}

const vectors = (db: string): Promise<number> =>
  number(
    db,
    POSTGRES
      ? 'select count(*) as number from vector_row where vector is not null'
      : 'select count(*) as number from vector where length(vector) > 0',
  );

async function number(db: string, query: string): Promise<number> {
  const [row] = await rowsOf<{ number: number }>(db, query);
  return row?.number ?? 0;
}

async function sound(db: string): Promise<void> {
  await using engine = openFile(db);
  expect((await engine.verify({ deep: true })).findings).toEqual([]);
}
