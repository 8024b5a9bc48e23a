import type { Part } from '../schema/message.js';
import { callText } from '../session/render.js';
import type { Shapeable } from '../session/shapes.js';

type Call = Extract<Part, { type: 'tool_call' }>;
type Result = Extract<Part, { type: 'tool_result' }>;
/** Whether a call still waits, and where results of its message are gathered. */
type Slot = { open: boolean; readonly results: Part[] };
type Placed = { readonly part: Part; readonly slot?: Slot };
type Entry = { readonly message: Shapeable; readonly parts: readonly Placed[]; readonly results: Part[] };

/**
 * Messages as the APIs of models take them: results directly after the message that called, one for each call, and a
 * call that nothing answered, because someone interrupted it or its result was filtered out, as text. What the assistant
 * called in its last turn may still be answered and stays a call.
 */
export function answered(messages: readonly Shapeable[]): Shapeable[] {
  const entries = gathered(messages);
  const asked = entries.findLastIndex(entry => !isAssistant(entry) && !isEmptied(entry));
  const turn = entries.findLastIndex((entry, at) => isAssistant(entry) && !goesOn(entries[at - 1]));
  const settled = Math.max(asked, turn);
  return entries.flatMap((entry, at) => {
    const { message, results } = entry;
    const stays = (slot: Slot | undefined) => slot && (!slot.open || at >= settled);
    const parts = entry.parts.map(({ part, slot }) =>
      part.type === 'tool_call' && !stays(slot) ? asText(part) : part,
    );
    return [
      ...(isEmptied(entry) ? [] : [{ ...message, parts }]),
      ...(results.length > 0 ? [{ role: 'tool' as const, parts: results }] : []),
    ];
  });
}

const isAssistant = (entry: Entry | undefined): boolean => entry?.message.role === 'assistant';

/** Whether the assistant's turn does, which ends where results will stand. */
const goesOn = (entry: Entry | undefined): boolean => isAssistant(entry) && entry?.results.length === 0;

/** It held results alone, which lie elsewhere now. */
const isEmptied = ({ message, parts }: Entry): boolean => parts.length === 0 && message.parts.length > 0;

/** Each message without its results, which lie with the message that called, in the order they came. */
function gathered(messages: readonly Shapeable[]): Entry[] {
  const slots = new Map<string, Slot[]>();
  return messages.map(message => {
    const results: Part[] = [];
    const parts = message.parts.flatMap((part): Placed[] => {
      const known = 'call_id' in part ? (slots.get(part.call_id) ?? []) : [];
      if (part.type === 'tool_result') return place(part, known) ? [] : [{ part }];
      if (part.type !== 'tool_call' || message.role !== 'assistant') return [{ part }];
      const slot = { open: true, results };
      known.push(slot);
      slots.set(part.call_id, known);
      return [{ part, slot }];
    });
    return { message, parts, results };
  });
}

/** With the nearest call that waits, else the nearest, as `repair` pairs them. False without any. */
function place(result: Result, known: readonly Slot[]): boolean {
  const slot = known.findLast(({ open }) => open) ?? known.at(-1);
  if (!slot) return false;
  if (slot.open) slot.results.push(result);
  else answerAgain(slot.results, result);
  slot.open = false;
  return true;
}

/** A call has one result: a second is told with the first, in a place where it takes less. */
function answerAgain(results: Part[], result: Result): void {
  const at = results.findLastIndex(part => part.type === 'tool_result' && part.call_id === result.call_id);
  const first = results[at];
  if (first?.type === 'tool_result') results[at] = { ...result, output: `${first.output}\n${result.output}` };
}

/** Takes no more tokens than the call, whose id and framing it goes without. */
const asText = (call: Call): Part => ({
  type: 'text',
  text: `[call ${call.name}, unanswered]\n${callText(call)}`,
});
