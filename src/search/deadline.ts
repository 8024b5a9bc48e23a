export type Deadline = {
  readonly signal: AbortSignal;
  /** Rejects when the signal aborts. */
  readonly passed: Promise<never>;
  cancel(): void;
};

/** A signal that aborts after some milliseconds unless cancelled before. */
export function deadline(ms: number): Deadline {
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
