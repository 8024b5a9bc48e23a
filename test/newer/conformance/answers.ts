/** What the suite's plain tools answer, as its scenarios describe them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  CallToolResult,
  EmbeddedResource,
  ImageContent,
  ServerContext,
} from '@modelcontextprotocol/server';
import type { Handle } from './decorate.js';

export type Answer = (context: ServerContext, args: Readonly<Record<string, unknown>>) => ReturnType<Handle>;

export const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const WAV = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAAAAA==';
/** The scenarios ask for it between two notices. */
const PAUSE_MS = 50;

export const image: ImageContent = { type: 'image', data: PNG, mimeType: 'image/png' };

export const embedded = (uri: string, text: string, mimeType = 'text/plain'): EmbeddedResource => ({
  type: 'resource',
  resource: { uri, mimeType, text },
});

export const says = (text: string): CallToolResult => ({ content: [{ type: 'text', text }] });

export const answers: Readonly<Record<string, Answer>> = {
  test_simple_text: () => says('This is a simple text response for testing.'),
  test_image_content: () => ({ content: [image] }),
  test_audio_content: () => ({ content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] }),
  test_embedded_resource: () => ({
    content: [embedded('test://embedded-resource', 'This is an embedded resource content.')],
  }),
  test_multiple_content_types: () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      image,
      embedded('test://mixed-content-resource', '{"test":"data","value":123}', 'application/json'),
    ],
  }),
  test_error_handling: () => ({
    ...says('This tool intentionally returns an error for testing'),
    isError: true,
  }),
  test_tool_with_logging: log,
  test_logging_tool: log,
  test_tool_with_progress: progress,
  test_sampling: sample,
};

async function log({ mcpReq }: ServerContext): Promise<CallToolResult> {
  for (const line of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
    await mcpReq.log('info', line);
    await sleep(PAUSE_MS);
  }
  return says('Logged three lines.');
}

async function progress({ mcpReq }: ServerContext): Promise<CallToolResult> {
  const progressToken = mcpReq._meta?.progressToken;
  for (const step of [0, 50, 100]) {
    if (progressToken !== undefined)
      await mcpReq.notify({
        method: 'notifications/progress',
        params: { progressToken, progress: step, total: 100 },
      });
    await sleep(PAUSE_MS);
  }
  return says('Took three steps.');
}

async function sample(
  { mcpReq }: ServerContext,
  { prompt }: Readonly<Record<string, unknown>>,
): Promise<CallToolResult> {
  const { content } = await mcpReq.requestSampling({
    messages: [{ role: 'user', content: { type: 'text', text: String(prompt) } }],
    maxTokens: 100,
  });
  return says(`LLM response: ${JSON.stringify(content)}`);
}
