import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { launch, type Running } from './process.js';

/** A server under measurement: how to start it on a folder, and how to store and find in its own words. */
export type Contestant = {
  readonly name: string;
  start(folder: string): Promise<Running>;
  /** Stores the texts durably in one call and returns what `find` will call them. */
  store(server: Running, texts: readonly string[], from: number): Promise<readonly string[]>;
  /** Resolves when what was stored is found as it will be from then on. */
  settled?(server: Running): Promise<void>;
  /** With `part`, among the hundredth of what is stored that its number is; who knows no scopes looks everywhere. */
  find(server: Running, query: string, part?: number): Promise<readonly string[]>;
};

/** A memory lies in one part of this many. */
export const PARTS = 100;

const Proposed = z.looseObject({ status: z.literal('committed'), committed_ids: z.array(z.string()) });
const Hits = z.looseObject({ hits: z.array(z.looseObject({ uri: z.string() })) });

const Backlog = z.looseObject({ backlog: z.looseObject({ pending_embeddings: z.number() }) });
const PAUSE_MS = 500;
/** Processor time in such a pause that is no work. */
const RESTING_MS = 10;

const HOME = 'repo:bench';
const nodeOf = (part: number): string => `part:${part}`;

const launchMintmark = (folder: string, ...args: string[]): Promise<Running> =>
  launch(['dist/bin/mintmark.js', '--db', join(folder, 'mintmark.db'), '--scope', HOME, ...args]);

export const mintmark: Contestant = {
  name: 'mintmark',
  start: folder => launchMintmark(folder),
  async store(server, texts, from) {
    const changes = texts.map((content, index) => ({
      content,
      graph_nodes: [HOME, nodeOf((from + index) % PARTS)],
    }));
    return Proposed.parse(await server.call('memory_propose', { changes, commit: true })).committed_ids;
  },
  async settled(server) {
    const pending = async () => Backlog.parse(await server.call('status', {})).backlog.pending_embeddings;
    while ((await pending()) > 0) await sleep(PAUSE_MS);
    // The first search has the vectors read into memory, a page at a time after its reply: until the server rests.
    await server.call('search', { query: 'warm' });
    for (let before = -Infinity; server.processorMs() - before > RESTING_MS; ) {
      before = server.processorMs();
      await sleep(PAUSE_MS);
    }
  },
  async find(server, query, part) {
    const asked = part === undefined ? { query } : { query, graph_nodes: [nodeOf(part)] };
    return Hits.parse(await server.call('search', asked)).hits.map(({ uri }) => uri.replace('memory://', ''));
  },
};

/** The same without an embedder, which is loaded on first use and so must not show in the start. */
export const withoutEmbedder: Contestant = {
  ...mintmark,
  name: 'mintmark, no embedder',
  start: folder => launchMintmark(folder, '--embedder', 'none'),
};

const Added = z.looseObject({ ids: z.array(z.number()) });
const Rows = z.array(z.looseObject({ id: z.number() }));

export const floor: Contestant = {
  name: 'floor',
  start: folder => launch(['dist/bench/floor.mjs', join(folder, 'floor.db')]),
  async store(server, texts, from) {
    const scopes = texts.map((_, index) => String((from + index) % PARTS));
    const [text] = texts;
    const call =
      texts.length === 1
        ? server.call('add', { text, scope: scopes[0] })
        : server.call('add_many', { texts, scopes });
    return Added.parse(await call).ids.map(String);
  },
  find: async (server, query, part) => {
    const asked = part === undefined ? { query } : { query, scope: String(part) };
    return Rows.parse(await server.call('search', asked)).map(({ id }) => String(id));
  },
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
