import { vi } from 'vitest';

/**
 * The timeouts of the platform, which pass from now on when a test says so and never by themselves: how long each would
 * have been, how many wait to pass, and how to have them pass.
 */
export function passableTimeouts() {
  const lengths: number[] = [];
  const waiting: (() => void)[] = [];
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(ms => {
    const controller = new AbortController();
    lengths.push(ms);
    waiting.push(() => controller.abort(new DOMException('It took too long.', 'TimeoutError')));
    return controller.signal;
  });
  return {
    lengths,
    waiting: () => waiting.length,
    pass: () => {
      for (const pass of waiting.splice(0)) pass();
    },
  };
}
