import type { Message, Part } from '../schema/message.js';
import type { Measure } from './measure.js';

/** A message with the places of the messages whose calls its results answer; all of them lie before it, or are it. */
export type Linked = { readonly message: Message; readonly calls: readonly number[] };

/** A result that nothing called. `whole` when its message held nothing else and is left out with it. */
export type Orphan = { readonly message: Message; readonly call_id: string; readonly whole: boolean };

export type Repaired = { readonly linked: readonly Linked[]; readonly orphans: readonly Orphan[] };

/**
 * Pairs each result with the nearest call before it that has its id and no result yet, else with the nearest that has
 * its id: some providers use ids again. Results without a call are taken out. What comes later never changes a pair.
 */
export function repair(messages: readonly Message[], measure: Measure): Repaired {
  const calls = new Map<string, { readonly open: number[]; last: number }>();
  const linked: Linked[] = [];
  const orphans: Orphan[] = [];
  for (const message of messages) {
    const at = linked.length;
    const answered = new Set<number>();
    const kept = message.parts.filter(part => {
      if (part.type === 'tool_call' && message.role === 'assistant') {
        const known = calls.get(part.call_id) ?? { open: [], last: at };
        known.open.push(at);
        known.last = at;
        calls.set(part.call_id, known);
      }
      if (part.type !== 'tool_result') return true;
      const known = calls.get(part.call_id);
      if (known) answered.add(known.open.pop() ?? known.last);
      return known !== undefined;
    });
    const whole = kept.length === 0 && message.parts.length > 0;
    orphans.push(...takenOut(message.parts, kept).map(call_id => ({ message, call_id, whole })));
    if (!whole) linked.push({ message: withParts(message, kept, measure), calls: [...answered] });
  }
  return { linked, orphans };
}

/** The message with other parts, counted anew when they differ. */
function withParts(message: Message, parts: readonly Part[], measure: Measure): Message {
  if (parts.length === message.parts.length && parts.every((part, at) => part === message.parts[at]))
    return message;
  const changed = { ...message, parts };
  return { ...changed, tokens: measure.message(changed) };
}

const takenOut = (parts: readonly Part[], kept: readonly Part[]): string[] => {
  const left = new Set(kept);
  return parts.flatMap(part => (part.type === 'tool_result' && !left.has(part) ? [part.call_id] : []));
};

/** Messages that stay together: a call and its results. */
export type Unit = {
  readonly members: number[];
  tokens: number;
  /** The place of its newest message. */
  last: number;
  /** Holds a system message. */
  system: boolean;
};

/** The units of a growing sequence; a message may join several that were apart. */
export class Units {
  readonly #unitOf: Unit[] = [];

  /** Takes in the next message. Returns its unit and those it joined, of which the largest lives on as its unit. */
  append({ message, calls }: Linked): { readonly unit: Unit; readonly joined: readonly Unit[] } {
    const at = this.#unitOf.length;
    const joined = [...new Set(calls.flatMap(call => this.#unitOf[call] ?? []))];
    joined.sort((a, b) => b.members.length - a.members.length);
    const alone: Unit = {
      members: [at],
      tokens: message.tokens,
      last: at,
      system: message.role === 'system',
    };
    const [unit = alone, ...others] = joined;
    for (const other of unit === alone ? [] : [...others, alone]) this.#absorb(unit, other);
    this.#unitOf[at] = unit;
    return { unit, joined };
  }

  of(place: number): Unit | undefined {
    return this.#unitOf[place];
  }

  all(): Unit[] {
    return [...new Set(this.#unitOf)];
  }

  #absorb(unit: Unit, other: Unit): void {
    for (const member of other.members) {
      unit.members.push(member);
      this.#unitOf[member] = unit;
    }
    unit.tokens += other.tokens;
    unit.last = Math.max(unit.last, other.last);
    unit.system ||= other.system;
  }
}

export function unitsOf(linked: readonly Linked[]): Units {
  const units = new Units();
  for (const one of linked) units.append(one);
  return units;
}
