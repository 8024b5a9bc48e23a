import type { ToolAnnotations } from '@modelcontextprotocol/server';
import type * as z from 'zod';
import type { Call, Engine } from '../engine.js';

/** What a tool does to stored state. It decides every MCP safety hint, so none can be forgotten. */
export type Effect = 'read' | 'append' | 'update' | 'delete';

export type Toolset = 'always' | 'memory' | 'checkpoint' | 'run' | 'session';

export type Tool<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodObject = z.ZodObject> = {
  readonly name: string;
  readonly title: string;
  /** What it does, when to use it, what comes back; under 400 characters. */
  readonly description: string;
  readonly toolset: Toolset;
  readonly effect: Effect;
  /** Given to the model at once by clients that defer tools. */
  readonly alwaysLoaded?: true;
  /** Characters that a reply may have because its call asked for them; else clients hide what is long. */
  readonly longestReply?: number;
  readonly input: Input;
  readonly output: Output;
  /** Arguments of a tool that deletes with which it loses nothing and does only what it names: `write` suffices. */
  readonly sparing?: z.ZodType;
  handle(input: z.output<Input>, engine: Engine, call: Call): Promise<z.input<Output>>;
};

/** Identity at run time; it exists so `handle` is typed from the schemas beside it. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: Tool<Input, Output>,
): Tool<Input, Output> {
  return tool;
}

export const annotationsFor = (effect: Effect): ToolAnnotations => ({
  readOnlyHint: effect === 'read',
  destructiveHint: effect === 'delete',
  idempotentHint: effect === 'read' || effect === 'update',
  openWorldHint: false,
});
