import type { Server, ServerContext } from '@modelcontextprotocol/server';
import type { Writer } from '../engine.js';
import { EngineError } from '../errors.js';
import { HOUR } from '../text/time.js';

/** Ours ends it sooner. */
const TIMEOUT_MS = HOUR;

/**
 * The model of the client, for the call it has made, where it offers one: only the 2025 protocols let a server ask in
 * the middle of a call. The client decides which model, and its user whether at all.
 */
export function samplingWriter(server: Server, { mcpReq }: ServerContext): Writer | undefined {
  if (mcpReq.envelope !== undefined || server.getClientCapabilities()?.sampling === undefined)
    return undefined;
  return {
    name: 'sampling',
    write: async ({ instructions, text, maxTokens, signal }) => {
      const { content, stopReason } = await mcpReq.requestSampling(
        {
          systemPrompt: instructions,
          messages: [{ role: 'user', content: { type: 'text', text } }],
          maxTokens,
        },
        { signal, timeout: TIMEOUT_MS },
      );
      if (stopReason === 'maxTokens')
        throw new EngineError(
          'too_large',
          'The model was cut off before it had finished.',
          'Ask it for less.',
        );
      const blocks = Array.isArray(content) ? content : [content];
      return blocks.map(block => (block.type === 'text' ? block.text : '')).join('');
    },
  };
}
