import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

const add = (content: string, fields = {}) => ({ changes: [{ content, ...fields }], commit: true });

describe('memory_propose with an idempotency key', () => {
  it('gives the first reply again and stores nothing twice', async () => {
    await using server = await connect();
    const call = { ...add('Once.'), idempotency_key: 'k' };
    const first = await server.call('memory_propose', call);
    expect(await server.call('memory_propose', call)).toEqual({ ...first, replayed: true });
    expect((await server.call('status')).counts.active_memories).toBe(1);
  });

  it('does not mind the order of keys or unknown root keys', async () => {
    await using server = await connect();
    const changes = [{ content: 'Once.', importance: 0.7, tags: ['a'] }];
    const reordered = [{ tags: ['a'], importance: 0.7, content: 'Once.' }];
    await server.call('memory_propose', { changes, commit: true, idempotency_key: 'k' });
    const again = { idempotency_key: 'k', made_up: 1, commit: true, changes: reordered };
    expect(await server.call('memory_propose', again)).toMatchObject({ replayed: true });
  });

  it('refuses other arguments under the same key', async () => {
    await using server = await connect();
    await server.call('memory_propose', { ...add('Once.'), idempotency_key: 'k' });
    const other = server.call('memory_propose', { ...add('Twice.'), idempotency_key: 'k' });
    await expect(other).rejects.toThrow(/^conflict: .*other arguments/);
  });

  it('keeps no failure, so that the corrected call can use the key', async () => {
    await using server = await connect();
    await expect(server.call('memory_propose', { ...add(' '), idempotency_key: 'k' })).rejects.toThrow(
      'invalid',
    );
    expect(
      await server.call('memory_propose', { ...add('Right.'), idempotency_key: 'k' }),
    ).not.toHaveProperty('replayed');
  });

  it('keeps tools apart', async () => {
    await using server = await connect();
    const id = await remember(server, 'Once.');
    await server.call('memory_propose', { ...add('More.'), idempotency_key: 'k' });
    const forgotten = await server.call('memory_forget', { ids: [id], idempotency_key: 'k' });
    expect(forgotten).toMatchObject({ count: 1 });
  });
});
