import type { Tool as McpTool } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { Prompt } from './prompt.js';
import type { ResourceFamily } from './resource.js';
import { annotationsFor, type Tool } from './tool.js';

/** All that a server shows of itself. */
export type Surface = {
  readonly tools: readonly Tool[];
  readonly resources: readonly ResourceFamily[];
  readonly prompts: readonly Prompt[];
};

/** Shown to clients eleven times over, so its limits are checked and left out of the schema. */
const IdempotencyKey = z
  .string()
  .refine(key => key.length > 0 && key.length <= 200, { error: 'Expected 1 to 200 characters.' })
  .optional()
  .describe('Repeat with the same key: done once, same reply.');

/** The input as clients see it: every write takes an idempotency key, none has to declare it. */
export function inputOf(tool: Tool): z.ZodObject {
  if (tool.effect === 'read') return tool.input;
  const input = writing.get(tool) ?? tool.input.extend({ idempotency_key: IdempotencyKey });
  writing.set(tool, input);
  return input;
}

/** Kept, because a schema compiles itself at its first use, which takes twenty times as long as using it. */
const writing = new WeakMap<Tool, z.ZodObject>();

export const describeTool = (tool: Tool): McpTool => ({
  name: tool.name,
  title: tool.title,
  description: tool.description,
  inputSchema: jsonSchema(inputOf(tool), 'input'),
  outputSchema: jsonSchema(tool.output, 'output'),
  annotations: annotationsFor(tool.effect),
  ...(tool.alwaysLoaded && { _meta: { 'anthropic/alwaysLoad': true } }),
});

/** JSON Schema 2020-12, MCP's default dialect, so `$schema` would only cost tokens. */
function jsonSchema(schema: z.ZodObject, io: 'input' | 'output'): McpTool['inputSchema'] {
  const {
    $schema: _dialect,
    type: _object,
    ...rest
  } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema: shown }) => dropBareTrue(shown),
  });
  const { properties = {}, required } = rest;
  return {
    type: 'object',
    properties: JSON.parse(JSON.stringify(properties)),
    ...(required && { required }),
  };
}

/** `additionalProperties: {}` allows what leaving it out allows, and strict clients warn of it. */
function dropBareTrue(shown: { additionalProperties?: unknown }): void {
  const { additionalProperties: allowed } = shown;
  if (typeof allowed === 'object' && allowed !== null && Object.keys(allowed).length === 0)
    delete shown.additionalProperties;
}
