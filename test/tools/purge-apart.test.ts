import { expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { databasePath, remember } from '../support/remember.js';
import { wordsIn } from '../support/stored.js';

it.each([
  ['rejected', true],
  ['committed', false],
] as const)(
  'the memories of one %s batch can be purged one after the other, and no text is left',
  async (_, reject) => {
    const db = databasePath();
    await using server = await connect({ db });
    const kept = await remember(server, 'Lions roar.');
    const changes = [
      { content: 'Zebras wear stripes.', rationale: 'Quagga said so.', tags: ['savanna'] },
      { content: 'Okapis hide.', rationale: 'Bongo said so.', graph_nodes: ['zoo:ituri'] },
      { op: 'deprecate', target_id: kept, rationale: 'Gnu said so.' },
    ];
    const { batch_id, changes: staged } = await server.call('memory_propose', {
      changes,
      idempotency_key: 'p',
    });
    const decision = reject ? { decision: 'reject', reason: 'Eland said no.' } : {};
    await server.call('memory_commit', { batch_id, ...decision, idempotency_key: 'c' });
    const words = [
      'Zebra',
      'stripes',
      'Quagga',
      'savanna',
      'Okapi',
      'Bongo',
      'ituri',
      'Gnu',
      'zebra',
      'okapi',
    ];
    expect(await wordsIn(db, words)).toEqual(words);
    for (const { memory_id } of staged.slice(0, 2))
      expect(await server.call('memory_forget', { ids: [memory_id], purge: true })).toMatchObject({
        count: 1,
        wal_pending: false,
      });
    expect(await wordsIn(db, [...words, 'Eland'])).toEqual([]);
    expect((await server.call('fetch', { uri: kept })).text).toBe('Lions roar.');
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  },
);
