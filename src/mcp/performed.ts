import type { Engine } from '../engine.js';
import { ApprovalNeeded, EngineError, type ErrorCode } from '../errors.js';

/** A tool call that is over, over whichever wire it came. */
export type Performed = {
  readonly tool: string;
  readonly namespace: string;
  readonly ms: number;
  readonly outcome: 'ok' | 'approval_needed' | 'failed' | ErrorCode;
};

type Listener = (performed: Performed) => void;

const listeners = new WeakMap<Engine, Set<Listener>>();

/** Hears of every tool call of an engine when it is over, in the trace of its request. Returns the way to stop. */
export function onPerformed(engine: Engine, listener: Listener): () => void {
  const all = listeners.get(engine) ?? new Set();
  listeners.set(engine, all.add(listener));
  return () => void all.delete(listener);
}

/** Does the work of a call and tells whoever listens what became of it. */
export async function telling<T>(
  engine: Engine,
  call: Pick<Performed, 'tool' | 'namespace'>,
  work: () => Promise<T>,
): Promise<T> {
  const began = performance.now();
  const tell = (outcome: Performed['outcome']): void => {
    for (const listener of listeners.get(engine) ?? [])
      listener({ ...call, ms: performance.now() - began, outcome });
  };
  try {
    const result = await work();
    tell('ok');
    return result;
  } catch (error) {
    tell(outcomeOf(error));
    throw error;
  }
}

function outcomeOf(error: unknown): Performed['outcome'] {
  if (error instanceof ApprovalNeeded) return 'approval_needed';
  return error instanceof EngineError ? error.code : 'failed';
}
