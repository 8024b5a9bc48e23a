import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { openEngine } from '../../src/engine.js';
import { databaseFor } from '../support/engines.js';

afterEach(() => void vi.restoreAllMocks());

const note = { changes: [{ content: 'Kamal deploys.' }], commit: true };

it('a listener that throws keeps nothing from the others, and what it threw is told', async () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => {});
  await using engine = openEngine({ db: databaseFor(':memory:'), pollMs: 10 });
  const heard: string[] = [];
  await engine.subscribe(() => {
    throw new Error('no room');
  });
  await engine.subscribe(events => heard.push(...events.map(({ type }) => type)));
  await engine.memories.propose(note);
  await expect.poll(() => heard).toEqual(['MEMORY_COMMITTED']);
  expect(told).toHaveBeenCalledWith(new Error('no room'));
});

it('ended twice, a subscription does not end the next, which ends with the engine', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  await using engine = openEngine({ db: databaseFor(':memory:') });
  const end = await engine.subscribe(() => {});
  end();
  await engine.subscribe(() => {});
  end();
  await engine.close();
  expect(vi.getTimerCount()).toBe(0);
});
