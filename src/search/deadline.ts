/** A signal that aborts after some milliseconds, and a promise that rejects then, unless cancelled before. */
export function deadline(ms: number) {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      controller.abort();
      reject(controller.signal.reason);
    }, ms);
  });
  return { signal: controller.signal, passed, cancel: () => clearTimeout(timer) };
}
