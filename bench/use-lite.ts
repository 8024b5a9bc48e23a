/**
 * Serves a real sentence model as an embedding endpoint, for `npm run bench:recall -- --endpoint URL --model use-lite`.
 * What it needs is installed into the folder that is its argument. It prints its URL and serves until it is ended.
 */
import { createServer } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import * as z from 'zod';
import { openUseLite } from '../scripts/static-vectors/use-lite.js';

const model = await openUseLite(process.argv[2] ?? 'use-lite');

const Asked = z.looseObject({ input: z.array(z.string()) });

const server = createServer(async (request, response) => {
  const { input } = Asked.parse(JSON.parse(await textOf(request)));
  const vectors = await model.embed(input.map(model.piecesOf));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ data: vectors.map((embedding, index) => ({ index, embedding })) }));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}/v1`);
});
