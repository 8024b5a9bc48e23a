import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Asked = {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: {
    readonly model: string;
    readonly max_tokens: number;
    readonly system?: string;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
  };
};
/** What the endpoint does with one request: says a text, or whatever it likes with the response. */
export type Turn =
  | string
  | ((response: ServerResponse, asked: Asked) => void)
  | { readonly status: number; readonly headers?: Record<string, string> };

/** A model on 127.0.0.1 that follows a script, the last turn again and again; it counts what it is asked. */
export async function scriptedModel(...script: Turn[]) {
  const asked: Asked[] = [];
  const turns = [...script];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const one = { path: request.url ?? '', headers: request.headers, body: JSON.parse(body) };
    asked.push(one);
    const turn = (turns.length > 1 ? turns.shift() : turns[0]) ?? '';
    if (typeof turn === 'function') turn(response, one);
    else if (typeof turn === 'string') say(response, turn);
    else response.writeHead(turn.status, turn.headers).end('sk-secret-in-the-error');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    asked,
    url: `http://127.0.0.1:${port}/v1`,
    /** What it does from now on. */
    script: (...next: Turn[]) => void turns.splice(0, turns.length, ...next),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** An answer both styles of client understand. */
export function say(response: ServerResponse, text: string, finish = 'stop'): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(answer(text, finish));
}

export const answer = (text: string, finish = 'stop'): string =>
  JSON.stringify({
    choices: [{ message: { role: 'assistant', content: text }, finish_reason: finish }],
    content: [{ type: 'text', text }],
    stop_reason: finish === 'length' ? 'max_tokens' : 'end_turn',
  });
