/**
 * The least an MCP server can be: SDK v2 and one tool that does nothing, over stdio or, given `--http`, over HTTP in both
 * eras. What it takes is what the protocol takes.
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  createMcpHandler,
  isLegacyRequest,
  McpServer,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';

if (process.argv.includes('--http')) serveHttp();
else serveStdio(make);

function make(): McpServer {
  const server = new McpServer({ name: 'bare', version: '0' });
  server.registerTool('nothing', { description: 'Does nothing.', inputSchema: z.object({}) }, () => ({
    content: [{ type: 'text', text: '{}' }],
  }));
  return server;
}

function serveHttp(): void {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const modern = createMcpHandler(make, { legacy: 'reject' });
  const answer = async (request: Request, parsedBody: unknown): Promise<Response> => {
    if (!(await isLegacyRequest(request, parsedBody))) return modern.fetch(request, { parsedBody });
    const known = sessions.get(request.headers.get('mcp-session-id') ?? '');
    if (known) return known.handleRequest(request, { parsedBody });
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: id => void sessions.set(id, transport),
    });
    await make().connect(transport);
    return transport.handleRequest(request, { parsedBody });
  };
  const server = createServer(async (request, response) => {
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
    const body = await text(request);
    const asked = new Request('http://localhost/mcp', { method: request.method ?? 'POST', headers });
    const answered = await answer(asked, JSON.parse(body));
    response.writeHead(answered.status, Object.fromEntries(answered.headers));
    response.end(await answered.text());
  });
  server.listen(0, '127.0.0.1', () => {
    const bound = server.address();
    process.stderr.write(`at http://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}/mcp\n`);
  });
}
