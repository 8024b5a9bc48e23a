import type { Message } from '../schema/message.js';
import type { Linked, Orphan } from './groups.js';
import type { Plan } from './plan.js';
import type { Pruning } from './prune.js';

/** `pruned` is included with a tombstone in place of an output. */
export type Fate = {
  readonly id: string;
  readonly fate: 'included' | 'pruned' | 'summarised' | 'dropped';
  readonly reason?: 'filtered' | 'no_call' | 'budget';
  /** Of what is shown, or of what is not. */
  readonly tokens: number;
};

/** A tool output that gave way to a tombstone or, without a call, was taken out. */
export type Tombstone = { readonly id: string; readonly call_id: string; readonly saved: number };

export type Course = {
  readonly kept: readonly Message[];
  readonly orphans: readonly Orphan[];
  readonly linked: readonly Linked[];
  readonly plan: Plan;
  readonly pruning: Pruning;
  /** Whether a stored summary stands for it. */
  under(message: Message): boolean;
};

/** What became of each message, and which outputs are shown as tombstones. */
export function fatesOf(
  messages: readonly Message[],
  { kept, orphans, linked, plan, pruning, under }: Course,
): { readonly fates: readonly Fate[]; readonly tombstones: readonly Tombstone[] } {
  const remaining = new Set(kept);
  const alone = new Set(orphans.filter(orphan => orphan.whole).map(orphan => orphan.message));
  const shown = new Set(plan.shown);
  const covered = new Set(plan.covered);
  let place = 0;
  const fates = messages.map((message): Fate => {
    const { id, tokens } = message;
    if (!remaining.has(message)) return { id, tokens, fate: 'dropped', reason: 'filtered' };
    if (alone.has(message))
      return under(message)
        ? { id, tokens, fate: 'summarised' }
        : { id, tokens, fate: 'dropped', reason: 'no_call' };
    const at = place++;
    if (covered.has(at) || (!shown.has(at) && under(message))) return { id, tokens, fate: 'summarised' };
    if (!shown.has(at)) return { id, tokens, fate: 'dropped', reason: 'budget' };
    const fate = pruning.messages.has(at) ? 'pruned' : 'included';
    return { id, tokens: linked[at]?.message.tokens ?? tokens, fate };
  });
  const outputs = pruning.steps.flatMap(step => step.outputs).filter(output => shown.has(output.place));
  const tombstones = outputs.map(({ place: at, call_id, saved }) => ({
    id: linked[at]?.message.id ?? '',
    call_id,
    saved,
  }));
  return { fates, tombstones };
}

/**
 * Messages next to each other that met the same fate: the first and last id, how many, and their tokens together. What
 * a filter took out is one run and parts no others: with a role of two it would be as many runs as messages.
 */
export type Run = {
  readonly first: string;
  readonly last: string;
  readonly messages: number;
  readonly tokens: number;
  readonly reason?: Fate['reason'];
};

/** The fates as runs, so that the report of a long conversation is not longer than its context. */
export function runsOf(fates: readonly Fate[], wanted: readonly Fate['fate'][]): Run[] {
  const filtered = (fate: Fate) => fate.reason === 'filtered';
  return [
    ...neighbours(
      fates.filter(fate => !filtered(fate)),
      wanted,
    ),
    ...neighbours(fates.filter(filtered), wanted),
  ];
}

function neighbours(fates: readonly Fate[], wanted: readonly Fate['fate'][]): Run[] {
  const runs: Run[] = [];
  let previous: Fate | undefined;
  for (const fate of fates) {
    const { id, tokens, reason } = fate;
    const run = runs.at(-1);
    const goes = wanted.includes(fate.fate);
    if (goes && run && previous && wanted.includes(previous.fate) && previous.reason === reason)
      runs[runs.length - 1] = { ...run, last: id, messages: run.messages + 1, tokens: run.tokens + tokens };
    else if (goes) runs.push({ first: id, last: id, messages: 1, tokens, ...(reason && { reason }) });
    previous = fate;
  }
  return runs;
}
