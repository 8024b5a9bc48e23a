import type { Message, Part } from '../schema/message.js';
import { isUser } from '../session/own-words.js';
import type { Linked } from './groups.js';
import type { Measure } from './measure.js';
import { blobUris } from './mentions.js';

export type PruneOptions = {
  /** Tokens of the newest tool outputs that stay whole. */
  readonly protect: number;
  /** Tokens that must be saved for a step to be worth losing a cached prefix. */
  readonly minimum: number;
};

export type PrunedOutput = {
  readonly place: number;
  readonly part: number;
  readonly call_id: string;
  readonly saved: number;
  readonly tombstone: string;
};

/** What was pruned the moment the message at `at` had come, and by how much each of its messages shrank. */
export type PruneStep = {
  readonly at: number;
  readonly outputs: readonly PrunedOutput[];
  readonly shrunk: readonly { readonly place: number; readonly by: number }[];
};

/** The steps, and the messages as they stand after all of them. */
export type Pruning = {
  readonly steps: readonly PruneStep[];
  readonly messages: ReadonlyMap<number, Message>;
};

const RECENT_USERS = 2;
const RECENT_GROUPS = 8;
const PROTECTED_TOOL = 'skill';

/**
 * The steps in which old tool outputs give way to tombstones as the sequence grows: those older than the last two user
 * messages or the newest eight call/result groups, whichever is less, beyond the newest `protect` tokens of output, as
 * soon as `minimum` tokens can be saved. A step depends on what came before it only, so that later messages change none.
 */
export function prune(
  linked: readonly Linked[],
  { protect, minimum }: PruneOptions,
  measure: Measure,
): Pruning {
  const steps: PruneStep[] = [];
  const messages = new Map<number, Message>();
  const old = new OldOutputs(linked, protect, measure);
  let pending: PrunedOutput[] = [];
  let saving = 0;
  for (const at of linked.keys()) {
    for (const output of old.after(at)) {
      if (output.saved <= 0) continue;
      pending.push(output);
      saving += output.saved;
    }
    if (pending.length === 0 || saving < minimum) continue;
    const shrunk = entomb(linked, pending, { messages, measure });
    steps.push({ at, outputs: pending, shrunk });
    pending = [];
    saving = 0;
  }
  return { steps, messages };
}

/** Puts tombstones where outputs were. The stored messages are untouched. */
function entomb(
  linked: readonly Linked[],
  outputs: readonly PrunedOutput[],
  { messages, measure }: { readonly messages: Map<number, Message>; readonly measure: Measure },
): PruneStep['shrunk'] {
  return [...new Set(outputs.map(output => output.place))].flatMap(place => {
    const message = messages.get(place) ?? linked[place]?.message;
    if (!message) return [];
    const parts = message.parts.map((part, at): Part => {
      const pruned = outputs.find(output => output.place === place && output.part === at);
      return pruned && part.type === 'tool_result' ? { ...part, output: pruned.tombstone } : part;
    });
    const tokens = measure.message({ name: message.name, parts });
    messages.set(place, { ...message, parts, tokens });
    return [{ place, by: message.tokens - tokens }];
  });
}

/** Finds, as the sequence grows, the outputs that have become too old to keep; each is given once, oldest first. */
class OldOutputs {
  readonly #linked: readonly Linked[];
  readonly #protect: number;
  readonly #measure: Measure;
  readonly #users: number[] = [];
  readonly #groups: number[] = [];
  readonly #outputs: Output[] = [];
  #next = 0;
  /** Tokens of the outputs from the next on. */
  #newer = 0;

  constructor(linked: readonly Linked[], protect: number, measure: Measure) {
    this.#linked = linked;
    this.#protect = protect;
    this.#measure = measure;
  }

  *after(at: number): Generator<PrunedOutput> {
    const one = this.#linked[at];
    if (!one) return;
    if (isUser(one.message)) this.#users.push(at);
    if (one.message.parts.some(part => part.type === 'tool_call')) this.#groups.push(at);
    for (const output of outputsOf(this.#linked, at, this.#measure)) {
      this.#outputs.push(output);
      this.#newer += output.tokens;
    }
    const recent = Math.max(this.#users.at(-RECENT_USERS) ?? 0, this.#groups.at(-RECENT_GROUPS) ?? 0);
    for (let output = this.#outputs[this.#next]; output; output = this.#outputs[this.#next]) {
      if (output.call >= recent || this.#newer - output.tokens < this.#protect) return;
      this.#newer -= output.tokens;
      this.#next += 1;
      yield prunedOutput(this.#linked, output, this.#measure);
    }
  }
}

type Output = {
  readonly place: number;
  readonly part: number;
  readonly call: number;
  readonly tokens: number;
};

/** Outputs of one message with what each costs; a message of one part was counted as it was written. */
function outputsOf(linked: readonly Linked[], place: number, measure: Measure): Output[] {
  const { message, calls } = linked[place] ?? { message: undefined, calls: [] };
  return (message?.parts ?? []).flatMap((part, at) => {
    if (part.type !== 'tool_result') return [];
    const call = calls.findLast(from => asks(linked[from]?.message, part.call_id)) ?? place;
    if ((part.name ?? asks(linked[call]?.message, part.call_id)) === PROTECTED_TOOL) return [];
    const tokens = message?.parts.length === 1 ? message.tokens : measure.text(part.output);
    return [{ place, part: at, call, tokens }];
  });
}

/** The name of the tool that a message calls under an id. */
function asks(message: Message | undefined, callId: string): string | undefined {
  const call = message?.parts.find(part => part.type === 'tool_call' && part.call_id === callId);
  return call?.type === 'tool_call' ? call.name : undefined;
}

function prunedOutput(
  linked: readonly Linked[],
  { place, part: at, call, tokens }: Output,
  measure: Measure,
): PrunedOutput {
  const message = linked[place]?.message;
  const part = message?.parts[at];
  if (!message || part?.type !== 'tool_result') throw new RangeError(`No output at ${place}.${at}`);
  const name = part.name ?? asks(linked[call]?.message, part.call_id) ?? 'a tool';
  const refs = [`kept in message ${message.id}`, ...blobUris(part.output)].join('; ');
  const tombstone = `[Output of ${name}, ${tokens} tokens, ${refs}]`;
  return { place, part: at, call_id: part.call_id, saved: tokens - measure.text(tombstone), tombstone };
}
