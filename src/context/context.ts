import type { Options } from '../config/options.js';
import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import type { Message } from '../schema/message.js';
import type { SearchOptions } from '../search/search.js';
import type { Parts as SessionParts } from '../session/parts.js';
import type { Sources } from '../sources.js';
import type { Store } from '../store/store.js';
import { type BuildOptions, type Built, build, type Node, type Strategy, type Summarizer } from './build.js';
import { type Filters, filterOf } from './filter.js';
import { frontierReport, frontierTokens } from './frontier.js';
import { type Measure, measureBy } from './measure.js';
import { type Relevant, relevantTo } from './relevant.js';
import { type Fate, type Run, runsOf, type Tombstone } from './report.js';
import { type Shape, type Shaped, shaped } from './shape.js';
import { type Asked, type Source, sourceOf } from './source.js';

export type ContextRequest = Asked &
  Filters & {
    readonly strategy?: Strategy | undefined;
    readonly chunk_size?: number | undefined;
    /** A question: memories that bear on it get a share of the budget. */
    readonly relevant_to?: string | undefined;
    readonly shape?: Shape | undefined;
    /** Which messages to look at; for callers of the library, like the next. */
    readonly filter?: ((message: Message) => boolean) | undefined;
    readonly summarizer?: Summarizer | undefined;
  };

export type ContextReport = {
  readonly budget: number;
  readonly included: readonly Run[];
  readonly summarised: readonly Run[];
  readonly pruned: readonly Run[];
  readonly dropped: readonly Run[];
  /** Tokens that tombstones save. */
  readonly saved: number;
  readonly summary?: Node;
  /** Stored summaries, and whether they are shown; else they were too large, and `summary` stands in for this context. */
  readonly frontier?: { readonly uris: readonly string[]; readonly shown: boolean };
  readonly relevant?: { readonly uris: readonly string[]; readonly tokens: number };
  /** While this and the frontier stay the same for a growing conversation, what was shown before does. */
  readonly steps: number;
};

export type Context = Shaped & {
  readonly total_tokens: number;
  readonly approximate: boolean;
  readonly strategy_used: Strategy | 'none';
  readonly report: ContextReport;
  /** What became of each message, in order; the report sums it up. */
  readonly fates: readonly Fate[];
  readonly tombstones: readonly Tombstone[];
  readonly scope: string;
};

export type Parts = {
  readonly store: Store;
  readonly sources: Sources;
  readonly options: SearchOptions &
    SessionParts['options'] &
    Pick<Options, 'pruneProtect' | 'pruneMinimum' | 'relevantShare' | 'chunkSize'>;
};

/**
 * The context that fits a model, from a session or from the messages given. It writes nothing, and the same input gives
 * the same bytes. Throws `too_large` when system messages and the newest user message exceed the budget alone.
 */
export async function buildContext(parts: Parts, request: ContextRequest, call: Call): Promise<Context> {
  const source = await sourceOf(parts, request, call);
  const measure = measureBy(source.counter);
  const settings = settingsOf(parts, request, source);
  const relevant = await recalled(parts, { request, source, measure }, call);
  const built = await withAside(source.messages, { ...settings, aside: relevant }, measure);
  const { fates, tombstones, total_tokens, strategy_used } = built;
  return {
    ...shaped(built.messages, request.shape ?? 'plain'),
    total_tokens,
    approximate: source.counter.approximate,
    strategy_used,
    report: reportOf(built, {
      budget: source.budget,
      relevant: built.recalled ? relevant : undefined,
      frontier: settings.frontier && frontierReport(settings.frontier, built.stands),
    }),
    fates,
    tombstones,
    scope: source.scope,
  };
}

function settingsOf({ options }: Parts, request: ContextRequest, source: Source): BuildOptions {
  const named = filterOf(source.messages, { ...request, arrived: source.arrived });
  const { filter = () => true, strategy = 'lossless' } = request;
  // Summaries would tell of messages that a filter leaves out.
  const filtered =
    strategy !== 'lossless' || Boolean(request.filter ?? request.since ?? request.roles?.length);
  return {
    budget: source.budget,
    strategy,
    chunkSize: request.chunk_size ?? options.chunkSize,
    prune: { protect: options.pruneProtect, minimum: options.pruneMinimum },
    filter: message => named(message) && filter(message),
    summarizer: request.summarizer,
    source: source.whole,
    frontier: filtered || source.frontier.length === 0 ? undefined : source.frontier,
  };
}

type Recalling = { readonly request: ContextRequest; readonly source: Source; readonly measure: Measure };

async function recalled(
  { store, sources, options }: Parts,
  { request, source, measure }: Recalling,
  call: Call,
): Promise<Relevant | undefined> {
  if (request.relevant_to === undefined) return undefined;
  const reserve = Math.floor(source.budget * options.relevantShare);
  const asked = { question: request.relevant_to, about: source.about, reserve, measure };
  return relevantTo({ store, sources, options }, asked, call);
}

/** Memories give way to what must be shown whole. */
async function withAside(
  messages: readonly Message[],
  settings: BuildOptions,
  measure: Measure,
): Promise<Course & { readonly recalled: boolean }> {
  try {
    return { ...(await withFrontier(messages, settings, measure)), recalled: settings.aside !== undefined };
  } catch (error) {
    if (!settings.aside || !(error instanceof EngineError) || error.code !== 'too_large') throw error;
    return { ...(await withFrontier(messages, { ...settings, aside: undefined }, measure)), recalled: false };
  }
}

type Course = Built & { readonly stands: boolean };

/** Stored summaries give way where they take over half of the budget or what must be shown would not fit beside them. */
async function withFrontier(
  messages: readonly Message[],
  settings: BuildOptions,
  measure: Measure,
): Promise<Course> {
  const without = { ...settings, frontier: undefined };
  if (!settings.frontier || frontierTokens(settings.frontier, measure) > settings.budget / 2)
    return { ...(await build(messages, without, measure)), stands: false };
  try {
    return { ...(await build(messages, settings, measure)), stands: true };
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'too_large') throw error;
    return { ...(await build(messages, without, measure)), stands: false };
  }
}

type Reporting = Pick<ContextReport, 'budget'> & {
  readonly relevant: Relevant | undefined;
  readonly frontier: ContextReport['frontier'] | undefined;
};

function reportOf(
  { fates, tombstones, summary, steps }: Built,
  { budget, relevant, frontier }: Reporting,
): ContextReport {
  return {
    budget,
    included: runsOf(fates, ['included', 'pruned']),
    summarised: runsOf(fates, ['summarised']),
    pruned: runsOf(fates, ['pruned']),
    dropped: runsOf(fates, ['dropped']),
    saved: tombstones.reduce((sum, { saved }) => sum + saved, 0),
    ...(summary && { summary }),
    ...(frontier && { frontier }),
    ...(relevant && { relevant: { uris: relevant.uris, tokens: relevant.tokens } }),
    steps,
  };
}
