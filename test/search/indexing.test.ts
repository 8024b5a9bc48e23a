import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Embedder } from '../../src/engine.js';
import { connect, fixedSources } from '../support/connect.js';
import { wordEmbedder } from '../support/embedders.js';
import { POSTGRES } from '../support/engines.js';
import { databasePath, remember } from '../support/remember.js';
import { change, rowsOf } from '../support/stored.js';

const VECTORS = POSTGRES ? 'vector_row' : 'vector';
const NO_DIRECTION = POSTGRES ? 'vector is null' : 'length(vector) = 0';

// Nothing is embedded before a test asks for it, however long a write takes.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

describe('the vector index', () => {
  it('gives every memory its vector after the reply, once, also what is proposed or retired', async () => {
    const embedder = wordEmbedder();
    const db = databasePath();
    await using server = await connect({ db, embedder });
    await remember(server, 'Apples are red.');
    const id = await remember(server, 'Pears are green.');
    await server.call('memory_forget', { ids: [id] });
    await server.call('memory_propose', { changes: [{ content: 'Plums are blue.' }] });
    expect((await server.call('status')).backlog.pending_embeddings).toBe(3);
    await server.engine.settled();
    expect((await server.call('status')).backlog.pending_embeddings).toBe(0);
    await remember(server, 'Figs are sweet.');
    await server.engine.settled();
    await server.engine.settled();
    expect(embedder.embedded).toEqual([
      'Apples are red.',
      'Pears are green.',
      'Plums are blue.',
      'Figs are sweet.',
    ]);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
    expect(await rowsOf(db, 'select name, state from vector_model')).toEqual([
      { name: 'words', state: 'current' },
    ]);
  });

  it('goes on where an earlier process stopped, when somebody first looks', async () => {
    const db = databasePath();
    await using before = await connect({ db });
    await remember(before, 'Written without an embedder.');
    const embedder = wordEmbedder();
    await using server = await connect({ db, embedder });
    await server.call('search', { query: 'anything' });
    await server.engine.settled();
    expect(embedder.embedded).toEqual(['Written without an embedder.']);
  });

  it('goes on after a failure also when what it failed over is gone', async () => {
    const words = wordEmbedder();
    let isDown = false;
    const embedder: Embedder = {
      ...words,
      embed: (texts, options) =>
        isDown ? Promise.reject(new Error('The model is down.')) : words.embed(texts, options),
    };
    await using server = await connect({ embedder, options: { embedRetryMs: 1 } });
    await remember(server, 'A fig.');
    await server.engine.settled();
    isDown = true;
    const id = await remember(server, 'An apple.');
    await server.engine.settled();
    expect((await server.call('status')).warnings).toEqual([expect.stringContaining('The model is down.')]);
    await server.call('memory_forget', { ids: [id], purge: true });
    isDown = false;
    await vi.advanceTimersByTimeAsync(10);
    await server.engine.settled();
    expect((await server.call('status')).warnings).toEqual([]);
    await remember(server, 'A pear.');
    await server.engine.settled();
    expect(words.embedded).toEqual(['A fig.', 'A pear.']);
  });

  it('lets a burst of writes end before it begins, and never delays a reply', async () => {
    const embedder = wordEmbedder();
    await using server = await connect({ embedder });
    for (const fruit of ['apple', 'pear', 'plum', 'fig']) await remember(server, `A ${fruit}.`);
    expect(embedder.embedded).toEqual([]);
    await server.engine.settled();
    expect(embedder.embedded).toHaveLength(4);
  });

  it('lets the next burst end as well when it begins meanwhile', async () => {
    const words = wordEmbedder();
    let left = 3;
    const embedder: Embedder = {
      ...words,
      embed: async (texts, options) => {
        left -= 1;
        if (left > 0) await remember(server, `A ${left}th fruit.`);
        return words.embed(texts, options);
      },
    };
    await using server = await connect({ embedder });
    await remember(server, 'An apple.');
    await server.engine.settled();
    expect(words.embedded).toEqual(['An apple.']);
    await server.engine.settled();
    await server.engine.settled();
    expect(words.embedded).toHaveLength(3);
    expect((await server.call('status')).backlog.pending_embeddings).toBe(0);
  });

  it('keeps nothing of an embedder of another number of dimensions, and says so', async () => {
    const embedder = { ...wordEmbedder(), dims: 31 };
    await using server = await connect({ embedder, options: { embedRetryMs: 60_000 } });
    await remember(server, 'An apple.');
    await server.engine.settled();
    const { backlog, warnings } = await server.call('status');
    expect(backlog.pending_embeddings).toBe(1);
    expect(warnings).toEqual([expect.stringContaining('a vector of 32 numbers; expected 31')]);
  });

  it('tries again what an embedder failed at, and says why meanwhile', async () => {
    vi.useRealTimers();
    const words = wordEmbedder();
    let fails = true;
    const embedder: Embedder = {
      ...words,
      embed: async (texts, options) => {
        if (fails) throw new Error('out of cheese');
        return words.embed(texts, options);
      },
    };
    await using server = await connect({ embedder, options: { embedRetryMs: 1 } });
    await remember(server, 'An apple.');
    await server.engine.settled();
    expect((await server.call('status')).warnings).toEqual([expect.stringContaining('out of cheese')]);
    fails = false;
    while ((await server.call('status')).backlog.pending_embeddings > 0) await sleep(5);
    expect(words.embedded).toEqual(['An apple.']);
  });

  it('marks a text without direction as done', async () => {
    const embedder = wordEmbedder();
    const db = databasePath();
    await using server = await connect({ db, embedder });
    await remember(server, '!?');
    await server.engine.settled();
    expect((await server.call('status')).backlog.pending_embeddings).toBe(0);
    expect(await rowsOf(db, `select count(*) as count from ${VECTORS} where ${NO_DIRECTION}`)).toEqual([
      { count: 1 },
    ]);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('of what is purged no byte of its vector stays in the file or its log', async () => {
    const embedder = wordEmbedder({ dims: 100 });
    const db = databasePath();
    await using server = await connect({ db, embedder });
    const id = await remember(server, 'Grapefruit is banned.');
    await remember(server, 'Apples are allowed.');
    await server.engine.settled();
    const [vector] = await rowsOf<{ vector: Buffer }>(db, 'select vector from vector order by number');
    const bytes = vector?.vector.subarray(0, 40) ?? Buffer.alloc(0);
    expect(bytes).toHaveLength(40);
    expect(await holds(db, bytes)).toBe(true);
    const purged = await server.call('memory_forget', { ids: [id], purge: true });
    expect(purged.wal_pending).toBe(false);
    expect(await holds(db, bytes)).toBe(false);
    expect(await rowsOf(db, 'select number from vector')).toEqual([{ number: 2 }]);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('embeds what gets the number of a purged memory', async () => {
    const embedder = wordEmbedder();
    const db = databasePath();
    await using server = await connect({ db, embedder });
    await remember(server, 'An apple.');
    const id = await remember(server, 'A pear.');
    await server.engine.settled();
    await server.call('memory_forget', { ids: [id], purge: true });
    await remember(server, 'A fig.');
    await server.engine.settled();
    expect(embedder.embedded).toEqual(['An apple.', 'A pear.', 'A fig.']);
    expect(await rowsOf(db, `select number from ${VECTORS}`)).toHaveLength(2);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('drops what it computed for a memory that was purged meanwhile', async () => {
    const words = wordEmbedder();
    let purge = async (): Promise<void> => {};
    const embedder: Embedder = {
      ...words,
      embed: async (texts, options) => {
        await purge();
        return words.embed(texts, options);
      },
    };
    const db = databasePath();
    await using server = await connect({ db, embedder });
    const id = await remember(server, 'Grapefruit is banned.');
    purge = async () => {
      purge = async () => {};
      await server.call('memory_forget', { ids: [id], purge: true });
      await remember(server, 'Takes over its number.');
    };
    await server.engine.settled();
    await server.engine.settled();
    expect(words.embedded).toEqual(['Grapefruit is banned.', 'Takes over its number.']);
    expect(await rowsOf(db, `select number from ${VECTORS}`)).toHaveLength(1);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('takes in messages, checkpoints, episodes, summaries and blobs, and lets go of what is purged', async () => {
    const embedder = wordEmbedder();
    const db = databasePath();
    await using server = await connect({ db, embedder });
    const { session_id } = await server.call('session_append', {
      messages: [
        { role: 'user', content: 'Where is the harbour?' },
        { role: 'assistant', content: 'Behind the lighthouse.' },
      ],
    });
    await server.call('checkpoint', {
      session_summary: 'Asked the way.',
      high_level: 'Finding the harbour.',
    });
    await server.call('blob_put', { content: 'Tide tables\nof the harbour', name: 'tides.txt' });
    await server.engine.settled();
    expect(embedder.embedded).toEqual(
      expect.arrayContaining([
        'Where is the harbour?',
        'Behind the lighthouse.',
        expect.stringContaining('Finding the harbour.'),
        'Tide tables\nof the harbour',
      ]),
    );
    const count = embedder.embedded.length;
    expect(await rowsOf(db, `select number from ${VECTORS} where family = 'passage'`)).toHaveLength(count);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
    await server.call('memory_forget', { ids: [session_id], purge: true });
    expect(await rowsOf(db, `select number from ${VECTORS} where family = 'passage'`)).toHaveLength(
      count - 2,
    );
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('ends with its engine and goes on with the next', async () => {
    const words = wordEmbedder();
    const db = databasePath();
    const begun = new EventEmitter();
    const endless: Embedder = {
      ...words,
      embed: async (_texts, { signal }) => {
        begun.emit('begun');
        await once(signal ?? new AbortController().signal, 'abort');
        throw new Error('aborted');
      },
    };
    {
      await using server = await connect({ db, embedder: endless });
      await remember(server, 'An apple.');
      const beginning = once(begun, 'begun');
      void server.engine.settled();
      await beginning;
    }
    await using server = await connect({ db, embedder: words });
    await server.call('status');
    await server.engine.settled();
    expect(words.embedded).toEqual(['An apple.']);
  });
});

describe('another model', () => {
  it('is built beside the old vectors, which stay until reindex has completed the new', async () => {
    const db = databasePath();
    const sources = fixedSources();
    {
      await using server = await connect({ db, sources, embedder: wordEmbedder({ name: 'old' }) });
      await remember(server, 'An apple.');
      await server.engine.settled();
    }
    const embedder = wordEmbedder({ name: 'new', dims: 48 });
    await using server = await connect({ db, sources, embedder });
    const models = () =>
      rowsOf(
        db,
        `select name, state, (select count(*) from ${VECTORS} where model_id = m.id) as vectors from vector_model m order by id`,
      );
    await remember(server, 'A pear.');
    await server.engine.settled();
    expect(await models()).toEqual([
      { name: 'old', state: 'current', vectors: 1 },
      { name: 'new', state: 'current', vectors: 2 },
    ]);
    expect(await server.engine.reindex()).toMatchObject({
      model: 'new',
      dims: 48,
      embedded: 0,
      dropped_models: 1,
    });
    expect(await models()).toEqual([{ name: 'new', state: 'current', vectors: 2 }]);
  });

  it('a fresh reindex replaces every vector at once when all are made', async () => {
    const db = databasePath();
    const embedder = wordEmbedder();
    await using server = await connect({ db, embedder });
    for (const fruit of ['apple', 'pear', 'plum']) await remember(server, `A ${fruit}.`);
    await server.engine.settled();
    const seen: unknown[] = [];
    const progress = (done: number, total: number) => seen.push([done, total, ...statesIn(db)]);
    expect(await server.engine.reindex({ fresh: true, progress })).toMatchObject({ embedded: 3 });
    expect(seen).toEqual([
      [0, 3, { state: 'current' }, { state: 'building' }],
      [3, 3, { state: 'current' }, { state: 'building' }],
    ]);
    expect(await rowsOf(db, 'select id, state from vector_model')).toEqual([{ id: 2, state: 'current' }]);
    expect(embedder.embedded).toHaveLength(6);
  });

  it('without an embedder there is nothing to reindex with', async () => {
    await using server = await connect({ options: { embedder: 'none' } });
    await expect(server.engine.reindex()).rejects.toThrow(/No embedder/);
    expect((await server.call('status')).backlog).toEqual({ pending_batches: 0 });
  });
});

describe('damage to vectors', () => {
  const damages: Record<string, string> = {
    'is missing': `delete from ${VECTORS} where number = 1`,
    'belongs to nothing': `update ${VECTORS} set number = 99 where number = 1`,
    'has another length': `update ${VECTORS} set vector = ${POSTGRES ? "array['[1]'::vector]" : "x'0000803f'"} where number = 1`,
  };
  it.each(Object.entries(damages))('is found where one %s, and mended by reindex', async (_what, damage) => {
    const db = databasePath();
    const embedder = wordEmbedder();
    await using server = await connect({ db, embedder });
    for (const fruit of ['apple', 'pear']) await remember(server, `A ${fruit}.`);
    await server.engine.settled();
    await change(db, damage);
    const { findings } = await server.engine.verify({ deep: true });
    expect(new Set(findings.map(({ check }) => check))).toEqual(new Set(['vectors']));
    expect(findings[0]?.advice).toContain('mintmark reindex');
    expect((await server.engine.reindex()).embedded).toBe(1);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('is found where one was altered, and mended by a fresh reindex', async () => {
    const db = databasePath();
    await using server = await connect({ db, embedder: wordEmbedder({ dims: 2 }) });
    await remember(server, 'An apple.');
    await server.engine.settled();
    await change(
      db,
      `update ${VECTORS} set vector = ${POSTGRES ? "array['[3,1]'::vector]" : "x'0000807f0000803f'"}`,
    );
    expect((await server.engine.verify({ deep: true })).findings).toHaveLength(1);
    await server.engine.reindex({ fresh: true });
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });
});

/** At this very moment: whoever asks does not wait. */
function statesIn(db: string): unknown[] {
  const connection = new BetterSqlite3(db, { readonly: true });
  try {
    return connection.prepare('select state from vector_model').all();
  } finally {
    connection.close();
  }
}

/** Whether a file or its log holds some bytes. Read by another process: reading here would drop SQLite's locks. */
async function holds(db: string, bytes: Buffer): Promise<boolean> {
  const script = `const { existsSync, readFileSync } = require('node:fs');
    const [db, hex] = process.argv.slice(1);
    const files = [db, db + '-wal'].filter(existsSync).map(file => readFileSync(file));
    process.exit(files.some(file => file.includes(Buffer.from(hex, 'hex'))) ? 10 : 11);`;
  const [code] = await once(spawn(process.execPath, ['-e', script, db, bytes.toString('hex')]), 'close');
  if (code !== 10 && code !== 11) throw new Error(`exit code ${code}`);
  return code === 10;
}
