import * as z from 'zod';
import { STRATEGIES } from '../src/context/build.js';
import { SHAPES } from '../src/context/shape.js';
import { defineTool } from '../src/mcp/tool.js';
import { wholeNumber } from '../src/schema/amount.js';
import { ROLES } from '../src/schema/message.js';

const AnyMessage = z.looseObject({ role: z.string() });
const Runs = z
  .array(
    z.object({
      first: z.string(),
      last: z.string(),
      messages: z.number(),
      tokens: z.number(),
      reason: z.string().optional(),
    }),
  )
  .readonly();

export default defineTool({
  name: 'context_build',
  title: 'Build a context',
  description:
    'Build the context that fits a model, from a session or from messages given: system messages and the newest user message whole, calls with their results, old ones summarised or left out by the strategy. Writes nothing; the same input gives the same messages. Returns messages, their tokens, and a report of what became of each.',
  toolset: 'session',
  effect: 'read',
  longestReply: 500_000,
  input: z.object({
    session_id: z.string().min(1).max(200).optional().describe('Or external id. Else give messages.'),
    messages: z.array(AnyMessage).max(20_000).optional().describe('Plain, OpenAI or Anthropic.'),
    model: z.string().max(200).optional().describe('Sets budget and tokenizer.'),
    max_tokens: wholeNumber(1, 100_000_000).optional().describe('The budget itself.'),
    strategy: z.enum(STRATEGIES).optional().describe('Default lossless.'),
    chunk_size: wholeNumber(1, 10_000).optional().describe('Messages summarize_oldest covers at a time.'),
    roles: z.array(z.enum(ROLES)).optional(),
    since: z.string().max(40).optional().describe('ISO 8601.'),
    relevant_to: z.string().max(10_000).optional().describe('Adds memories about this.'),
    shape: z.enum(SHAPES).optional().describe('Of the messages returned.'),
  }),
  output: z.object({
    messages: z.array(z.looseObject({ role: z.string() })).readonly(),
    system: z.string().optional().describe('Anthropic only.'),
    total_tokens: z.number(),
    approximate: z.boolean(),
    strategy_used: z.string(),
    report: z.object({
      budget: z.number(),
      included: Runs.describe('Runs of neighbours, by first and last id.'),
      summarised: Runs,
      pruned: Runs.describe('Included, with tombstones for tool outputs.'),
      dropped: Runs,
      saved: z.number().describe('Tokens that tombstones save.'),
      summary: z
        .object({
          level: z.number(),
          messages: z.number(),
          first: z.string(),
          last: z.string(),
          tokens: z.number(),
        })
        .optional(),
      frontier: z
        .object({ uris: z.array(z.string()).readonly(), shown: z.boolean() })
        .optional()
        .describe('Stored summaries; when too large, summary stands in.'),
      relevant: z.object({ uris: z.array(z.string()).readonly(), tokens: z.number() }).optional(),
      steps: z.number().describe('While it and frontier stay, a growing conversation keeps its prefix.'),
    }),
    scope: z.string(),
  }),
  async handle(input, engine, call) {
    const { fates: _fates, tombstones: _tombstones, ...context } = await engine.context.build(input, call);
    return context;
  },
});
