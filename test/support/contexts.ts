import { type BuildOptions, type Built, build, type Strategy } from '../../src/context/build.js';
import { type Measure, measureBy } from '../../src/context/measure.js';
import { EngineError } from '../../src/errors.js';
import type { GivenMessage, Message } from '../../src/schema/message.js';
import { messageCounter } from '../../src/session/count.js';
import { counted } from './conversations.js';

export const PRUNE = { protect: 40_000, minimum: 20_000 };

export const counter = await messageCounter({ encoding: 'o200k_base', factor: 1 });
export const measure = measureBy(counter);

/** Messages with ids, numbers and tokens. */
export const sized = (given: readonly GivenMessage[]): Message[] => counted(given, counter.count);

export const options = (
  strategy: Strategy,
  budget: number,
  rest: Partial<BuildOptions> = {},
): BuildOptions => ({ strategy, budget, chunkSize: 5, prune: PRUNE, ...rest });

/** The context, or that it is too large, which is the only other way out. */
export async function outcome(
  messages: readonly Message[],
  settings: BuildOptions,
  by: Measure = measure,
): Promise<Built | 'too_large'> {
  try {
    return await build(messages, settings, by);
  } catch (error) {
    if (error instanceof EngineError && error.code === 'too_large') return 'too_large';
    throw error;
  }
}

/** Ids of results that stand before their call, or without one. */
export function uncalled(messages: readonly Message[]): string[] {
  const called = new Set<string>();
  return messages
    .flatMap(({ parts }) => parts)
    .flatMap(part => {
      if (part.type === 'tool_call') called.add(part.call_id);
      return part.type === 'tool_result' && !called.has(part.call_id) ? [part.call_id] : [];
    });
}

export function toolCall(id: string, output: string): [GivenMessage, GivenMessage] {
  return [
    { role: 'assistant', parts: [{ type: 'tool_call', call_id: id, name: 'bash', arguments: { id } }] },
    { role: 'tool', parts: [{ type: 'tool_result', call_id: id, output }] },
  ];
}
