import { vi } from 'vitest';

/**
 * The platform's timeouts of so many milliseconds, which pass from now on when a test says so and never by themselves:
 * how many were asked for, how many wait to pass, and how to have them pass. All others run as ever, since what an
 * earlier test left behind may still wait for one.
 */
export function passableTimeouts(length: number) {
  const real = AbortSignal.timeout;
  const waiting: (() => void)[] = [];
  let asked = 0;
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(ms => {
    if (ms !== length) return real.call(AbortSignal, ms);
    const controller = new AbortController();
    asked += 1;
    waiting.push(() => controller.abort(new DOMException('It took too long.', 'TimeoutError')));
    return controller.signal;
  });
  return {
    asked: () => asked,
    waiting: () => waiting.length,
    pass: () => {
      for (const pass of waiting.splice(0)) pass();
    },
  };
}
