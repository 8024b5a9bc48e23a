import type { Message } from '../schema/message.js';
import { tokensOf } from '../session/count.js';
import { type Frontier, type Standing, standing } from './frontier.js';
import { type Linked, repair } from './groups.js';
import { costOf, digest, leastRoom } from './level3.js';
import { lossless } from './lossless.js';
import type { Measure } from './measure.js';
import { withReferences } from './mentions.js';
import { type Ground, OPENER, opens, type Plan } from './plan.js';
import { type PruneOptions, type Pruning, prune } from './prune.js';
import { type Fate, fatesOf, type Tombstone } from './report.js';
import { newestThatFit, summarizeOldest } from './strategies.js';

export const STRATEGIES = ['lossless', 'truncate_oldest', 'recent_only', 'summarize_oldest'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** Writes a summary of at most `maxTokens`. What is empty, too long or no shorter is replaced by level 3. */
export type Summarizer = (
  messages: readonly Message[],
  limits: { readonly maxTokens: number },
) => string | Promise<string>;

export type BuildOptions = {
  /** Tokens the whole context may take. */
  readonly budget: number;
  readonly strategy: Strategy;
  /** Messages that summarize_oldest covers at a time. */
  readonly chunkSize: number;
  readonly prune: PruneOptions;
  /** What is left out before anything else; the rest of the rules then hold for what remains. */
  readonly filter?: ((message: Message) => boolean) | undefined;
  readonly summarizer?: Summarizer | undefined;
  /** Where covered messages can be read whole, as a call. */
  readonly source?: string | undefined;
  /** Stored summaries, oldest first, that stand for the messages under them; for lossless alone. */
  readonly frontier?: readonly Standing[] | undefined;
  /** A user message before the tail. `reserve` is kept free for it whatever it costs, so that boundaries do not move. */
  readonly aside?: { readonly text: string; readonly reserve: number } | undefined;
};

/** The one summary of a context: which messages it stands for, and how it came about. */
export type Node = {
  /** 3: without a model; 1: by the caller's summarizer. */
  readonly level: 1 | 3;
  readonly messages: number;
  readonly first: string;
  readonly last: string;
  /** What its message costs; 0 when there was no room to show it. */
  readonly tokens: number;
};

export type Built = {
  readonly messages: readonly Message[];
  readonly total_tokens: number;
  /** `none` when nothing had to be left out or summarised. */
  readonly strategy_used: Strategy | 'none';
  /** What became of each message given, in order. */
  readonly fates: readonly Fate[];
  readonly tombstones: readonly Tombstone[];
  readonly summary: Node | undefined;
  /** Changes of what was already shown, as the sequence grew; while it stays the same, so does the prefix. */
  readonly steps: number;
};

/**
 * Builds the context that fits: deterministic, never above the budget, system messages and the newest message of the
 * user whole, a call and its results together, the user first. Nothing is written and no message is altered but for the
 * tombstones of old tool outputs. Throws `too_large` when what must be whole exceeds the budget alone.
 */
export async function build(
  messages: readonly Message[],
  options: BuildOptions,
  measure: Measure,
): Promise<Built> {
  const { filter = () => true, aside, budget } = options;
  const kept = messages.filter(filter);
  const { linked, orphans } = repair(kept, measure);
  const pruning = prune(linked, options.prune, measure);
  const current = linked.map((one, place) => ({
    ...one,
    message: pruning.messages.get(place) ?? one.message,
  }));
  const small = leastRoom(measure);
  const opener = costOf(OPENER, measure);
  const frontier = standing(options.frontier ?? [], linked, measure);
  const ground = {
    budget: budget - (aside?.reserve ?? 0) - frontier.tokens,
    opener: frontier.tokens > 0 ? 0 : opener,
    leastRoom: Math.max(small, opener),
  };
  const plan = planned({ ...ground, linked }, { ...ground, linked: current }, { options, pruning, frontier });
  const summary = await summarise(plan, linked, { options, measure });
  const shown = assemble(plan, current, { summary, aside, measure, frontier });
  const used = plan.covered.length > 0 || plan.dropped.length > 0 || frontier.tokens > 0;
  return {
    messages: shown,
    total_tokens: tokensOf(shown),
    strategy_used: used ? options.strategy : 'none',
    ...fatesOf(messages, { kept, orphans, linked: current, plan, pruning, under: frontier.under }),
    summary: summary?.node,
    steps: plan.steps,
  };
}

type Settings = { readonly options: BuildOptions; readonly pruning: Pruning; readonly frontier: Frontier };

/** Lossless replays how the messages came to stand as they do; the others look at how they stand. */
function planned(original: Ground, current: Ground, { options, pruning, frontier }: Settings): Plan {
  if (options.strategy === 'lossless') return lossless(original, pruning.steps, frontier.places);
  if (options.strategy === 'summarize_oldest') return summarizeOldest(current, options.chunkSize);
  return newestThatFit(current);
}

type Summary = { readonly node: Node; readonly text: string };
type Writing = { readonly options: BuildOptions; readonly measure: Measure };

async function summarise(
  { covered, summary }: Plan,
  linked: readonly Linked[],
  { options, measure }: Writing,
): Promise<Summary | undefined> {
  const messages = covered.flatMap(place => linked[place]?.message ?? []);
  const [first] = messages;
  const last = messages.at(-1);
  if (!summary || !first || !last) return undefined;
  const node = { messages: messages.length, first: first.id, last: last.id };
  if (summary.room === 0) return { node: { ...node, level: 3, tokens: 0 }, text: '' };
  const size = tokensOf(messages);
  const room = Math.min(summary.room, Math.max(size, leastRoom(measure)));
  const given = await written(messages, Math.min(room, size - 1), { options, measure });
  const text = given ?? digest(messages, { room, source: options.source }, measure);
  return { node: { ...node, level: given === undefined ? 3 : 1, tokens: costOf(text, measure) }, text };
}

/** The caller's summary with every reference in what it covers; undefined when there is none worth having. */
async function written(
  messages: readonly Message[],
  room: number,
  { options: { summarizer }, measure }: Writing,
): Promise<string | undefined> {
  if (!summarizer) return undefined;
  try {
    const text = await summarizer(messages, {
      maxTokens: Math.max(0, room - measure.message({ parts: [] })),
    });
    if (text.trim() === '') return undefined;
    const whole = withReferences(text, messages);
    return costOf(whole, measure) <= room ? whole : undefined;
  } catch {
    // Whoever writes summaries may be down; the context must not be. The node says that level 3 stands in.
    return undefined;
  }
}

type Additions = {
  readonly summary: Summary | undefined;
  readonly aside: BuildOptions['aside'];
  readonly measure: Measure;
  readonly frontier: Frontier;
};

function assemble(
  plan: Plan,
  linked: readonly Linked[],
  { summary, aside, measure, frontier }: Additions,
): readonly Message[] {
  const said = (id: string, ...texts: readonly string[]): Message[] => {
    const parts = texts.flatMap(text => (text === '' ? [] : [{ type: 'text' as const, text }]));
    return parts.length === 0
      ? []
      : [{ id, sequence: 0, role: 'user', parts, tokens: measure.message({ parts }) }];
  };
  const first = plan.shown.find(place => linked[place]?.message.role !== 'system') ?? linked.length;
  const before = Math.min(plan.summary?.before ?? first, first, frontier.before);
  const inserted = [
    ...said('summary', ...frontier.texts, summary?.text ?? ''),
    ...said('relevant', aside?.text ?? ''),
  ];
  if (inserted.length === 0 && first < linked.length && !opens(linked[first]?.message))
    inserted.push(...said('opener', OPENER));
  const shown = (places: readonly number[]) => places.flatMap(place => linked[place]?.message ?? []);
  return [
    ...shown(plan.shown.filter(place => place < before)),
    ...inserted,
    ...shown(plan.shown.filter(place => place >= before)),
  ];
}
