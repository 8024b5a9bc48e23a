import { Agent, request } from 'node:http';
import * as z from 'zod';

/** Calls a tool and returns its result; throws for anything but a success. */
export type Call = (tool: string, args: object) => Promise<unknown>;

export const WIRES = ['2026-07-28', '2025 session', 'plain'] as const;
export type Wire = (typeof WIRES)[number];

/** A client of its own connection, which speaks as little as it may, so that what is measured is the server. */
export async function connect(wire: Wire, url: string, token = ''): Promise<Call> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { authorization: `Bearer ${token}` };
  const post = (path: string, body: object, more: Record<string, string> = {}) =>
    send(`${url}${path}`, { agent, body, headers: { ...headers, ...more } });
  if (wire === 'plain') return async (tool, args) => JSON.parse((await post(`/v1/${tool}`, args)).text);
  if (wire === '2026-07-28')
    return async (tool, args) =>
      resultOf((await post('/mcp', modernCall(tool, args), modernHeaders(tool))).text);
  const opened = await post('/mcp', INITIALIZE);
  const session = { 'mcp-session-id': opened.session, 'mcp-protocol-version': '2025-11-25' };
  await post('/mcp', { jsonrpc: '2.0', method: 'notifications/initialized' }, session);
  return async (tool, args) => resultOf((await post('/mcp', legacyCall(tool, args), session)).text);
}

const modernHeaders = (tool: string) => ({
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': tool,
});

const modernCall = (name: string, args: object) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: {
    name,
    arguments: args,
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
});

let calls = 0;
const legacyCall = (name: string, args: object) => ({
  jsonrpc: '2.0',
  id: ++calls,
  method: 'tools/call',
  params: { name, arguments: args },
});

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
};

const Reply = z.object({
  result: z.object({
    isError: z.literal(false).optional(),
    content: z.tuple([z.object({ text: z.string() })], z.unknown()),
  }),
});

/** Of a body that is JSON or one event of a stream. */
function resultOf(text: string): unknown {
  const json = text.startsWith('{') ? text : (/^data: (\{.*)$/m.exec(text)?.[1] ?? '');
  const reply = Reply.safeParse(JSON.parse(json || 'null'));
  if (!reply.success) throw new Error(`Not a success: ${text.slice(0, 500)}`);
  return JSON.parse(reply.data.result.content[0].text);
}

type Sending = { readonly agent: Agent; readonly body: object; readonly headers: Record<string, string> };

function send(url: string, { agent, body, headers }: Sending): Promise<{ text: string; session: string }> {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      agent,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        accept: 'application/json, text/event-stream',
      },
    });
    sent.on('error', reject);
    sent.on('response', answer => {
      let received = '';
      answer.setEncoding('utf8').on('data', chunk => {
        received += chunk;
      });
      answer.on('error', reject);
      answer.on('end', () => {
        const { statusCode = 0, headers: given } = answer;
        if (statusCode >= 300) reject(new Error(`${statusCode}: ${received.slice(0, 500)}`));
        else resolve({ text: received, session: String(given['mcp-session-id'] ?? '') });
      });
    });
    sent.end(text);
  });
}
