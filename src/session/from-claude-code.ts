import * as z from 'zod';
import type { GivenMessage } from '../schema/message.js';
import { AnthropicBlocks, partsOfBlocks, splitResults } from './from-anthropic.js';

/** A line of a Claude Code transcript. Only user and assistant lines are of the conversation. */
export const ClaudeCodeLine = z.looseObject({
  type: z.string(),
  uuid: z.string().optional(),
  parentUuid: z.string().nullish(),
  sessionId: z.string().optional(),
  timestamp: z.string().max(40).optional(),
  isSidechain: z.boolean().optional(),
  agentId: z.string().optional(),
});
export type ClaudeCodeLine = z.output<typeof ClaudeCodeLine>;

const Said = z.looseObject({
  uuid: z.string().min(1).max(150),
  sessionId: z.string().min(1).max(150),
  message: z.looseObject({
    role: z.enum(['user', 'assistant', 'system']),
    content: z.union([z.string(), AnthropicBlocks]),
  }),
});

export type FromClaudeCode = {
  /** The conversation it belongs to: that of the window, or of one of its agents. */
  readonly conversation: string;
  readonly messages: readonly GivenMessage[];
};

/** Whether a line looks like one of Claude Code's. */
export const isClaudeCode = (value: unknown): boolean => {
  const line = ClaudeCodeLine.safeParse(value);
  if (!line.success) return false;
  const { type, sessionId, uuid } = line.data;
  return (
    sessionId !== undefined || uuid !== undefined || type === 'summary' || type === 'file-history-snapshot'
  );
};

/**
 * The messages of one line, under its uuid, so that importing a transcript again adds what is new. Undefined for lines
 * that are not part of the conversation (summaries, snapshots, notices). Throws `TypeError` or a zod error.
 */
export function fromClaudeCode(line: ClaudeCodeLine): FromClaudeCode | undefined {
  if (line.type !== 'user' && line.type !== 'assistant') return undefined;
  const { uuid, sessionId, message } = Said.parse(line);
  const split = splitResults(message.role, partsOfBlocks(message.content));
  const agent = line.isSidechain ? `/${line.agentId ?? 'sidechain'}` : '';
  const messages = split.map(
    (said, index): GivenMessage => ({
      ...said,
      id: index === 0 ? uuid : `${uuid}#${index + 1}`,
      ...(line.timestamp !== undefined && { timestamp: line.timestamp }),
      metadata: about(line, message),
    }),
  );
  return { conversation: `${sessionId}${agent}`, messages };
}

const KEPT = ['parentUuid', 'isMeta', 'isCompactSummary', 'cwd', 'gitBranch', 'version', 'requestId'];
const KEPT_OF_MESSAGE = ['id', 'model', 'stop_reason'];

/** Where it stood and who wrote it. */
function about(
  line: Readonly<Record<string, unknown>>,
  message: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const of = (source: Readonly<Record<string, unknown>>, names: readonly string[]) =>
    Object.fromEntries(
      names.flatMap(name =>
        source[name] === undefined || source[name] === null ? [] : [[name, source[name]]],
      ),
    );
  return { claude_code: { ...of(line, KEPT), message: of(message, KEPT_OF_MESSAGE) } };
}
