import { canonicalJson } from '../text/hash.js';

/** The same tool calls again and again: `length` calls (1 to 3) that came `repeats` times or more in a row. */
export type DoomLoop = {
  readonly kind: 'repeat' | 'cycle';
  readonly length: number;
  readonly repeats: number;
  /** Names of the tools of one round. */
  readonly tool: string;
};

const LENGTHS = [1, 2, 3] as const;

/** One call as far as loops care: the tool and its canonical input. Call ids and the like differ every time. */
export type ToolCall = { readonly tool: string; readonly key: string };

/** How many calls before a new one decide whether it makes a loop, and whether that loop is new. */
export const callsNeeded = (repeats: number): number => Math.max(...LENGTHS) * repeats;

/** The shortest loop that the last calls make, oldest first. */
export function findLoop(calls: readonly ToolCall[], repeats: number): DoomLoop | undefined {
  const length = LENGTHS.find(size => isLoop(calls, size, { repeats }));
  if (length === undefined) return undefined;
  const tool = calls.slice(-length).map(call => call.tool);
  return { kind: length === 1 ? 'repeat' : 'cycle', length, repeats, tool: tool.join(', ') };
}

/** The loop that the last call has just closed; one that the call before had closed already only goes on. */
export function newLoop(calls: readonly ToolCall[], repeats: number): DoomLoop | undefined {
  const loop = findLoop(calls, repeats);
  return loop?.length === findLoop(calls.slice(0, -1), repeats)?.length ? undefined : loop;
}

function isLoop(
  calls: readonly ToolCall[],
  size: number,
  { repeats }: { readonly repeats: number },
): boolean {
  const last = calls.slice(-size * repeats);
  return last.length === size * repeats && last.every((call, at) => call.key === last[at % size]?.key);
}

/** Reads a TOOL_CALL's payload by the names that hosts use for a tool and its input. */
export function toolCall(payload: Readonly<Record<string, unknown>>): ToolCall {
  const name = [payload.tool_name, payload.tool, payload.name].find(value => typeof value === 'string');
  const input = ['arguments', 'input', 'args'].find(key => key in payload);
  const called = name === undefined ? payload : { name, input: input === undefined ? null : payload[input] };
  return { tool: typeof name === 'string' ? name : 'unnamed', key: canonicalJson(called) };
}
