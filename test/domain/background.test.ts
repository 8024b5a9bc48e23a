import { afterEach, expect, it, vi } from 'vitest';
import { Background } from '../../src/background.js';
import { EngineError } from '../../src/errors.js';

afterEach(() => void vi.useRealTimers());

it('does one piece at a time, in order, each waiting key once', async () => {
  const background = new Background();
  const done: string[] = [];
  const work = (name: string) => async () => {
    done.push(`${name} begins`);
    await new Promise(resolve => setImmediate(resolve));
    done.push(`${name} ends`);
  };
  background.later('a', work('a'));
  background.later('b', work('b'));
  background.later('a', work('a again'));
  await background.settled();
  expect(done).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

it('does work by itself, and waits for what work asks for', async () => {
  const background = new Background();
  const done: string[] = [];
  const begun = new Promise<void>(resolve => {
    background.later('a', async () => {
      background.later('a', async () => void done.push('again'));
      done.push('first');
      resolve();
    });
  });
  await begun;
  await background.settled();
  expect(done).toEqual(['first', 'again']);
  await background.settled();
  await new Promise<void>(resolve => background.later('a', async () => resolve()));
});

it('keeps the process alive for whoever waits, even in a pause that does not, and for nobody else', async () => {
  // Its own timers only: other tests of this process leave some behind.
  vi.useFakeTimers();
  const background = new Background();
  let goOn = () => {};
  const begun = new Promise<void>(resolve => {
    background.later('a', () => {
      resolve();
      return new Promise<void>(ended => {
        goOn = ended;
      });
    });
  });
  vi.runAllTimers();
  await begun;
  expect(vi.getTimerCount()).toBe(0);
  const settled = background.settled();
  expect(vi.getTimerCount()).toBe(1);
  goOn();
  await settled;
  expect(vi.getTimerCount()).toBe(0);
});

it('ends what runs at close, drops what waits and takes nothing more', async () => {
  const background = new Background();
  const done: string[] = [];
  background.later('a', signal => {
    background.later('b', async () => void done.push('b'));
    return new Promise(resolve => signal.addEventListener('abort', () => resolve()));
  });
  void background.settled();
  await background.close();
  background.later('c', async () => void done.push('c'));
  await background.settled();
  expect(done).toEqual([]);
});

it('goes on after a failure and reports those that are bugs', async () => {
  const errors = vi.spyOn(console, 'error').mockImplementation(() => {});
  const background = new Background();
  const done: string[] = [];
  background.later('full', () => Promise.reject(new EngineError('disk_full', 'Full.', 'Make room.')));
  background.later('bug', () => Promise.reject(new Error('a bug')));
  background.later('next', async () => void done.push('next'));
  await background.settled();
  expect(done).toEqual(['next']);
  expect(errors.mock.calls).toEqual([[new Error('a bug')]]);
});
