/** A server over stdio whose results differ in each of their parts, to tell which part a model is shown. */
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
import { PARTS, ruler } from './probe.js';

function create(): McpServer {
  const [text, structure, link, embedded] = PARTS;
  const server = new McpServer({ name: 'probe', version: '1.0.0' });
  const inputSchema = z.object({});
  const outputSchema = z.object({ part: z.string() });
  server.registerTool(
    'parts',
    { description: 'Shows each part of a result.', inputSchema, outputSchema },
    () => ({
      content: [
        { type: 'text', text },
        { type: 'resource_link', uri: 'probe://link', name: link },
        { type: 'resource', resource: { uri: 'probe://embedded', mimeType: 'text/plain', text: embedded } },
      ],
      structuredContent: { part: structure },
    }),
  );
  server.registerTool('fails', { description: 'Fails.' }, () => ({
    isError: true,
    content: [{ type: 'text', text }],
    structuredContent: { part: structure },
  }));
  const lengthSchema = z.object({ length: z.number() });
  server.registerTool(
    'long',
    { description: 'Returns a long text.', inputSchema: lengthSchema },
    ({ length }) => ({
      content: [{ type: 'text', text: ruler(length) }],
    }),
  );
  return server;
}

serveStdio(create);
