import type { Tool as McpTool } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { Engine } from '../engine.js';
import type { Prompt } from './prompt.js';
import type { ResourceFamily } from './resource.js';
import { annotationsFor, type Tool } from './tool.js';

/** All that a server shows of itself. */
export type Surface = {
  readonly tools: readonly Tool[];
  readonly resources: readonly ResourceFamily[];
  readonly prompts: readonly Prompt[];
};

/** What answers requests. */
export type Ready = { readonly engine: Engine; readonly surface: Surface };

/** What clients are told there is, by the names of the protocol. */
export type Listed = {
  readonly tools: McpTool[];
  readonly resourceTemplates: ListedTemplate[];
  readonly prompts: Pick<Prompt, 'name' | 'title' | 'description'>[];
};
type ListedTemplate = Pick<ResourceFamily, 'name' | 'title' | 'description' | 'uriTemplate' | 'mimeType'>;

/** What a server is made over. Its engine may come later: over stdio the first replies do not wait for it. */
export type Behind = {
  readonly config: Engine['config'];
  listed(): Listed | Promise<Listed>;
  ready(): Ready | Promise<Ready>;
};

/** Shown to clients eleven times over, so its limits are checked and left out of the schema. */
const IdempotencyKey = z
  .string()
  .refine(key => key.length > 0 && key.length <= 200, { error: 'Expected 1 to 200 characters.' })
  .optional()
  .describe('Repeat with the same key: done once, same reply.');

const Ignored = z.string().optional().describe('Arguments that there are not.');

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
  outputSchema: jsonSchema(tool.output.extend({ ignored: Ignored }), 'output'),
  annotations: annotationsFor(tool.effect),
  ...metaOf(tool),
});

/** Claude Code shows 2,000 characters of a reply above 50,000, unless its tool says that it means to be long. */
function metaOf({ alwaysLoaded, longestReply }: Tool): Pick<McpTool, '_meta'> {
  const _meta = {
    ...(alwaysLoaded && { 'anthropic/alwaysLoad': true }),
    ...(longestReply !== undefined && { 'anthropic/maxResultSizeChars': longestReply }),
  };
  return Object.keys(_meta).length > 0 ? { _meta } : {};
}

export const listingOf = ({ tools, resources, prompts }: Surface): Listed => ({
  tools: tools.map(describeTool),
  resourceTemplates: resources.map(({ name, title, description, uriTemplate, mimeType }) => ({
    name,
    title,
    description,
    uriTemplate,
    mimeType,
  })),
  prompts: prompts.map(({ name, title, description }) => ({ name, title, description })),
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
