import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const Filter = z.object({
  must: z.tuple([z.object({ key: z.literal('space'), match: z.object({ value: z.string() }) })]),
});
const Point = z.object({
  id: z.uuid(),
  vector: z.array(z.number()),
  payload: z.object({ space: z.string(), id: z.int() }),
});
const Bodies = {
  'PUT ': z.strictObject({
    vectors: z.strictObject({ size: z.int().positive(), distance: z.literal('Cosine') }),
  }),
  'PUT /index': z.strictObject({
    field_name: z.literal('space'),
    field_schema: z.strictObject({ type: z.literal('keyword'), is_tenant: z.literal(true) }),
  }),
  'PUT /points': z.strictObject({ points: z.array(Point) }),
  'POST /points/delete': z.union([
    z.strictObject({ points: z.array(z.uuid()) }),
    z.strictObject({ filter: Filter }),
  ]),
  'POST /points/query': z.strictObject({
    query: z.array(z.number()),
    filter: Filter,
    limit: z.int().positive(),
    with_payload: z.tuple([z.literal('id')]),
  }),
  'POST /points/count': z.strictObject({ filter: Filter, exact: z.literal(true) }),
} as const;

type Point = z.infer<typeof Point>;
type Collection = { readonly size: number; readonly points: Map<string, Point> };

/**
 * The routes of Qdrant that are used, as its documentation describes them, by comparing every point. `fail` makes it answer
 * a status instead, or nothing at all.
 */
export async function qdrant() {
  const collections = new Map<string, Collection>();
  const requests: string[] = [];
  const keys = new Set<string | undefined>();
  let failing: number | 'silent' | undefined;
  let delayed: { readonly begin: () => void; readonly arrives: Promise<void> } | undefined;
  const late = async (
    { begin, arrives }: NonNullable<typeof delayed>,
    asked: Asked,
    response: ServerResponse,
  ) => {
    delayed = undefined;
    begin();
    await arrives;
    answer(asked);
    response.destroy();
  };
  const server = createServer((request, response) => {
    void textOf(request).then(text => {
      const { pathname } = new URL(request.url ?? '', 'http://qdrant');
      const [, , name = '', ...rest] = pathname.split('/');
      const route = `${request.method} ${rest.length > 0 ? `/${rest.join('/')}` : ''}`;
      requests.push(route);
      const key = request.headers['api-key'];
      keys.add(typeof key === 'string' ? key : undefined);
      if (failing === 'silent') return;
      const asked = { collections, name, route, text };
      if (route === 'PUT /points' && delayed) return void late(delayed, asked, response);
      send(response, failing ?? answer(asked));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    keys,
    collections,
    /** How many points there are in all collections. */
    size: () => [...collections.values()].reduce((sum, { points }) => sum + points.size, 0),
    fail(how: number | 'silent' | undefined) {
      failing = how;
    },
    /** The next points arrive when they are let, and who sent them never hears of it. */
    delay() {
      let arrive = () => {};
      const arrives = new Promise<void>(resolve => {
        arrive = resolve;
      });
      const begun = new Promise<void>(begin => {
        delayed = { begin, arrives };
      });
      return { begun, arrive };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

type Asked = {
  readonly collections: Map<string, Collection>;
  readonly name: string;
  readonly route: string;
  readonly text: string;
};

/** A result, or the status of a refusal. */
function answer({ collections, name, route, text }: Asked): object | boolean | number {
  const body = (schema: z.ZodType) => schema.safeParse(JSON.parse(text));
  const known = Object.entries(Bodies).find(([at]) => at === route)?.[1];
  if (known && !body(known).success) return 400;
  if (route === 'PUT ') {
    if (collections.has(name)) return 409;
    const { vectors } = Bodies['PUT '].parse(JSON.parse(text));
    collections.set(name, { size: vectors.size, points: new Map() });
    return true;
  }
  const collection = collections.get(name);
  if (!collection) return 404;
  const { size, points } = collection;
  if (route === 'GET ') return { config: { params: { vectors: { size, distance: 'Cosine' } } } };
  if (route === 'PUT /index') return { status: 'completed' };
  if (route === 'PUT /points') return put(collection, text);
  const within = ({ must: [{ match }] }: z.infer<typeof Filter>) =>
    [...points.values()].filter(({ payload }) => payload.space === match.value);
  if (route === 'POST /points/delete') {
    const asked = Bodies['POST /points/delete'].parse(JSON.parse(text));
    for (const id of 'points' in asked ? asked.points : within(asked.filter).map(point => point.id))
      points.delete(id);
    return { status: 'completed' };
  }
  if (route === 'POST /points/count')
    return { count: within(Bodies['POST /points/count'].parse(JSON.parse(text)).filter).length };
  if (route !== 'POST /points/query') return 404;
  const asked = Bodies['POST /points/query'].parse(JSON.parse(text));
  const scored = within(asked.filter).map(({ id, vector, payload }) => ({
    id,
    score: vector.reduce((sum, value, at) => sum + value * (asked.query[at] ?? 0), 0),
    payload: { id: payload.id },
  }));
  return { points: scored.sort((a, b) => b.score - a.score).slice(0, asked.limit) };
}

function put({ size, points }: Collection, text: string): object | number {
  const { points: given } = Bodies['PUT /points'].parse(JSON.parse(text));
  if (given.some(({ vector }) => vector.length !== size)) return 400;
  for (const point of given) points.set(point.id, point);
  return { status: 'completed' };
}

function send(response: ServerResponse, outcome: object | boolean | number): void {
  const refused = typeof outcome === 'number';
  response.writeHead(refused ? outcome : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(refused ? { status: { error: 'x' } } : { result: outcome }));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
