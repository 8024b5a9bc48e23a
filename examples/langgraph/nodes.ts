/**
 * mintmark as nodes of a LangGraph.js graph. A node takes the state and the config of the graph and returns the part of
 * the state that it changes. The state holds what one step is about and no history: that is in the session, which is
 * named by the thread, so that a process that starts later goes on where this one stopped.
 */
import { type Context, type Engine, EngineError } from '../../src/engine.js';

/** A message in OpenAI's shape. */
export type Said = { readonly role: string; readonly [field: string]: unknown };

export type State = {
  /** What came since the last step and is not kept yet. */
  readonly fresh: readonly Said[];
  /** A summary that was made without a model, while it waits for a better one. */
  readonly request?: string | undefined;
  /** What the model is to see. */
  readonly window: Context['messages'];
  readonly tokens: number;
};

export type Config = { readonly configurable?: { readonly thread_id?: string } };
export type Node = (state: State, config: Config) => Promise<Partial<State>>;

export type Settings = {
  readonly model: string;
  readonly context_limit: number;
  readonly max_output: number;
};

/** Keeps what is fresh, word for word. Two nodes of one thread may do so at once: the server gives the order. */
export const keep =
  (engine: Engine, settings: Settings): Node =>
  async ({ fresh }, config) => {
    const messages = fresh.map(part);
    const thread = { external_id: threadOf(config), create: true, ...settings };
    const { summary_request } = await engine.sessions.append({ ...thread, messages });
    return { fresh: [], request: summary_request?.request_id };
  };

/** Puts a written summary in the place of one made without a model. It says what it covers, so nothing has to be kept. */
export const summarise =
  (engine: Engine, write: (conversation: string) => Promise<string>): Node =>
  async ({ request: request_id }, config) => {
    if (request_id === undefined) return {};
    const { text } = await engine.sessions.readSummary({ id: request_id, whole: true });
    const summary = await write(text);
    const answer = { session_id: threadOf(config), request_id, summary };
    await engine.context.compact(answer).catch(unlessClosed);
    return { request: undefined };
  };

/** Builds the window: never above the model's limit, calls with their results, a prefix that caches keep. */
export const recall =
  (engine: Engine): Node =>
  async (_, config) => {
    const built = await engine.context.build({ session_id: threadOf(config), shape: 'openai' });
    return { window: built.messages, tokens: built.total_tokens };
  };

/** Any function from the window to the next message; with a key it would be a call of a model. */
export const answer =
  (model: (window: State['window']) => Promise<Said>): Node =>
  async ({ window }) => ({ fresh: [await model(window)] });

/** Another node of the thread was first, or its messages were taken back: the digest or the other's text stands. */
function unlessClosed(error: unknown): void {
  if (!(error instanceof EngineError) || error.code !== 'conflict') throw error;
}

function threadOf({ configurable }: Config): string {
  if (configurable?.thread_id === undefined) throw new Error('The config names no thread_id.');
  return `langgraph:${configurable.thread_id}`;
}

/** This example talks in texts; parts of calls and results go the same way (see examples/long-life). */
const part = ({ role, content }: Said): Record<string, unknown> => ({ role, content });
