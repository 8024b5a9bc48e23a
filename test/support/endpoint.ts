import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { vectorOf } from './embedders.js';

const Body = z.looseObject({
  model: z.string(),
  input: z.array(z.string()).optional(),
  texts: z.array(z.string()).optional(),
});
export type Asked = {
  readonly body: z.infer<typeof Body>;
  readonly texts: readonly string[];
  readonly key?: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
};
/** Answers one request; undefined means as a sound endpoint does. */
export type Script = (asked: Asked, response: ServerResponse) => boolean | undefined;

export const DIMS = 24;
const CONTROL = 'dimensions';

/** An embedding endpoint on this machine that does what its script says. It keeps every text that it gave a vector for. */
export async function endpoint(script: Script = () => undefined) {
  const requests: Asked[] = [];
  const embedded: string[] = [];
  let current = script;
  const server = createServer((request, response) => {
    void read(request).then(text => {
      const body = Body.parse(JSON.parse(text));
      const texts = body.input ?? body.texts ?? [];
      const asked = {
        body,
        texts,
        path: request.url ?? '',
        headers: request.headers,
        ...(request.headers.authorization && { key: request.headers.authorization }),
      };
      requests.push(asked);
      if (current(asked, response)) return;
      embedded.push(...texts.filter(one => one !== CONTROL));
      reply(response, body.texts ? cohere(texts) : openai(texts));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    /** Texts it gave a vector for, in order. */
    embedded,
    follow(next: Script) {
      current = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

export const openai = (texts: readonly string[], dims = DIMS) => ({
  // Out of order, as the format allows.
  data: texts.map((text, index) => ({ index, embedding: [...vectorOf(text, dims)] })).reverse(),
});

const cohere = (texts: readonly string[]) => ({
  embeddings: { float: texts.map(text => [...vectorOf(text, DIMS)]) },
});

export function reply(response: ServerResponse, value: unknown, status = 200): true {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
  return true;
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
