import { expect } from 'vitest';
import type { Connection } from './connect.js';
import { type Server, serverIn } from './packs.js';

/** Contents of more than 500 tokens are large, and a context holds little. */
const options = { blobTokens: 500, contextLimit: 6000, maxOutput: 500 };
export const start = (db: string, letter: string, rest: Connection = {}) =>
  serverIn(db, letter, { options, ...rest });

export const listing = (lines: number) =>
  Array.from(
    { length: lines },
    (_, at) => `line ${at + 1}: the quick brown fox jumps over the lazy dog`,
  ).join('\n');

export const append = (server: Server, session_id: string, messages: readonly unknown[]) =>
  server.call('session_append', { session_id, messages });

/** A conversation with a large output, something rewound, and so long that it was compacted. Returns its id. */
export async function talked(server: Server, external_id = 'thread'): Promise<string> {
  const { session_id } = await server.call('session_append', {
    external_id,
    create: true,
    messages: [
      { id: 'm1', role: 'user', content: 'Find the ä in 東京 👩‍👩‍👧.' },
      {
        role: 'assistant',
        parts: [
          { type: 'tool_call', call_id: 'c1', name: 'grep', arguments: { z: 1, a: { c: [], b: null } } },
        ],
      },
      { role: 'tool', parts: [{ type: 'tool_result', call_id: 'c1', output: listing(400) }] },
      { id: 'gone', role: 'user', content: 'Forget what I said about pomegranates.' },
    ],
  });
  await server.call('session_rewind', { session_id, message_id: 'gone' });
  for (let start = 0; start < 25; start += 5) {
    const messages = Array.from({ length: 5 }, (_, at) => ({
      role: 'user',
      content: `${start + at} ${'and on '.repeat(100)}`,
    }));
    await append(server, session_id, messages);
    // The upkeep that follows a reply comes before the next call, however busy the machine is.
    await server.engine.settled();
  }
  return session_id;
}

export const textOf = async (server: Server, id: string): Promise<string> =>
  (await server.engine.sessions.read({ id })).text;
/** Without numbers and ids, which are given anew. */
export const words = (text: string): string => text.replace(/^\[\d+\]/gm, '').replace(/_[0-9a-f]{32}/g, '');
export const blobIn = (text: string): string => /blob:\/\/(blob_\w+)/.exec(text)?.[1] ?? 'none';
export const healthy = async ({ engine }: Server) =>
  expect((await engine.verify({ deep: true })).findings).toEqual([]);
