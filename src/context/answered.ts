import type { Part } from '../schema/message.js';
import { callText } from '../session/render.js';
import type { Shapeable } from '../session/shapes.js';

type Call = Extract<Part, { type: 'tool_call' }>;
/** Whether a call still waits, and where results of its message are gathered. */
type Slot = { open: boolean; readonly results: Part[] };
type Placed = { readonly part: Part; readonly slot?: Slot };
type Entry = { readonly message: Shapeable; readonly parts: readonly Placed[]; readonly results: Part[] };

/**
 * Messages as the APIs of models take them: results directly after the message that called, and a call that nothing
 * answered, because someone interrupted it or its result was filtered out, as text. What the assistant called last may
 * still be answered and stays a call.
 */
export function answered(messages: readonly Shapeable[]): Shapeable[] {
  const entries = gathered(messages);
  const asked = entries.findLastIndex(entry => entry.message.role !== 'assistant' && !isEmptied(entry));
  return entries.flatMap((entry, at) => {
    const { message, results } = entry;
    const parts = entry.parts.map(({ part, slot }) =>
      at < asked && slot?.open && part.type === 'tool_call' ? asText(part) : part,
    );
    return [
      ...(isEmptied(entry) ? [] : [{ ...message, parts }]),
      ...(results.length > 0 ? [{ role: 'tool' as const, parts: results }] : []),
    ];
  });
}

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
function place(result: Part, known: readonly Slot[]): boolean {
  const slot = known.findLast(({ open }) => open) ?? known.at(-1);
  if (!slot) return false;
  slot.open = false;
  slot.results.push(result);
  return true;
}

/** Takes no more tokens than the call, whose id and framing it goes without. */
const asText = (call: Call): Part => ({
  type: 'text',
  text: `[call ${call.name}, unanswered]\n${callText(call)}`,
});
