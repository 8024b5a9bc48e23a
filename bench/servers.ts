import { join } from 'node:path';
import * as z from 'zod';
import { launch, type Running } from './process.js';

/** A server under measurement: how to start it on a folder, and how to store and find in its own words. */
export type Contestant = {
  readonly name: string;
  start(folder: string): Promise<Running>;
  /** Stores the texts durably in one call and returns what `find` will call them. */
  store(server: Running, texts: readonly string[], from: number): Promise<readonly string[]>;
  /** With `part`, among the hundredth of what is stored that its number is; who knows no scopes looks everywhere. */
  find(server: Running, query: string, part?: number): Promise<readonly string[]>;
};

/** A memory lies in one part of this many. */
export const PARTS = 100;

const Proposed = z.looseObject({ status: z.literal('committed'), committed_ids: z.array(z.string()) });
const Hits = z.looseObject({ hits: z.array(z.looseObject({ uri: z.string() })) });

const HOME = 'repo:bench';
const nodeOf = (part: number): string => `part:${part}`;

export const mintmark: Contestant = {
  name: 'mintmark',
  start: folder => launch(['dist/bin/mintmark.js', '--db', join(folder, 'mintmark.db'), '--scope', HOME]),
  async store(server, texts, from) {
    const changes = texts.map((content, index) => ({
      content,
      graph_nodes: [HOME, nodeOf((from + index) % PARTS)],
    }));
    return Proposed.parse(await server.call('memory_propose', { changes, commit: true })).committed_ids;
  },
  async find(server, query, part) {
    const asked = part === undefined ? { query } : { query, graph_nodes: [nodeOf(part)] };
    return Hits.parse(await server.call('search', asked)).hits.map(({ uri }) => uri.replace('memory://', ''));
  },
};

const Added = z.looseObject({ ids: z.array(z.number()) });
const Rows = z.array(z.looseObject({ id: z.number() }));

export const floor: Contestant = {
  name: 'floor',
  start: folder => launch(['dist/bench/floor.mjs', join(folder, 'floor.db')]),
  async store(server, texts) {
    const [only] = texts;
    const call = texts.length === 1 ? server.call('add', { text: only }) : server.call('add_many', { texts });
    return Added.parse(await call).ids.map(String);
  },
  find: async (server, query) =>
    Rows.parse(await server.call('search', { query })).map(({ id }) => String(id)),
};

const Graph = z.looseObject({ entities: z.array(z.looseObject({ name: z.string() })) });
const PEER = 'node_modules/@modelcontextprotocol/server-memory/dist/index.js';

/** It matches the whole query as one substring and returns every match in the order stored. */
export const peer: Contestant = {
  name: 'server-memory',
  start: folder => launch([PEER], { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') }),
  async store(server, texts, from) {
    const entities = texts.map((text, index) => ({
      name: `m${from + index}`,
      entityType: 'fact',
      observations: [text],
    }));
    await server.call('create_entities', { entities });
    return entities.map(({ name }) => name);
  },
  find: async (server, query) =>
    Graph.parse(await server.call('search_nodes', { query })).entities.map(({ name }) => name),
};
