import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { sendWeb } from '../../src/http/web.js';

it('a client that takes its time leaves nothing behind on its connection with each pause', async () => {
  const listeners: number[] = [];
  const server = createServer((_request, response) => {
    const body = new ReadableStream({
      pull(controller) {
        listeners.push(response.listenerCount('close'));
        if (listeners.length > 12) controller.close();
        else controller.enqueue(new Uint8Array(1024 * 1024));
      },
    });
    void sendWeb(new Response(body), response, { stallMs: 60_000 });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const answer = await fetch(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  expect((await answer.arrayBuffer()).byteLength).toBe(12 * 1024 * 1024);
  expect(new Set(listeners.slice(2)).size).toBe(1);
  server.closeAllConnections();
  server.close();
});
