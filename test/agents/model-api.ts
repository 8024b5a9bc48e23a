/** One conversation as every model API tells it: what the model is offered, what it was told, what tools answered. */
export type Seen = {
  readonly tools: readonly Offered[];
  /** All text that is no tool result: system prompt, instructions, user messages. */
  readonly told: string;
  /** What each tool call so far came to, in order, as the model reads it. */
  readonly results: readonly string[];
};

export type Offered = {
  /** The name to call it by, with its namespace before it where the API has one. */
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly description: string;
  readonly schema: unknown;
};

export type Turn =
  | { readonly say: string }
  | { readonly call: Offered; readonly args: Readonly<Record<string, unknown>>; readonly id: string };

/** The events of a streamed answer: an event name, where the API has them, and its data. */
export type Events = readonly (readonly [event: string | undefined, data: object | string])[];

export type ModelApi = {
  readonly name: string;
  /** Whether it is asked under this path. */
  readonly path: RegExp;
  read(body: unknown): Seen;
  stream(turn: Turn): Events;
  /** The same answer, for who does not stream. */
  whole(turn: Turn): object;
};

/** What a content of any shape says: a string, or the texts of its blocks, others as JSON. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content))
    return content === undefined || content === null ? '' : JSON.stringify(content);
  return content
    .map(block => {
      if (typeof block === 'string') return block;
      const text: unknown = block?.text ?? block?.input_text;
      return typeof text === 'string' ? text : JSON.stringify(block);
    })
    .join('\n');
}
