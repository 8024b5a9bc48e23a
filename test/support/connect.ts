import { Client } from '@modelcontextprotocol/client';
import { InMemoryTransport } from '@modelcontextprotocol/server';
import { prompts } from '../../prompts/index.js';
import { resources } from '../../resources/index.js';
import { type PartialOptions, resolveOptions } from '../../src/config/load.js';
import { composeEngine, type Embedder, type Reranker } from '../../src/engine.js';
import { serverFactory } from '../../src/mcp/server.js';
import type { Home } from '../../src/schema/scope.js';
import { tools } from '../../tools/index.js';
import { databaseFor, giveBack } from './engines.js';
import { PATIENT } from './patience.js';

export const START = Date.UTC(2026, 0, 1);

/** A clock that moves one millisecond a look and can be set forward, with counted ids and salts. */
export function fixedSources() {
  let time = START;
  let count = 0;
  return {
    now: () => time++,
    newId: (prefix: string) => `${prefix}_${String(++count).padStart(32, '0')}`,
    newSalt: () => String(++count).padStart(32, '0'),
    forward: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

export type Connection = {
  readonly db?: string;
  readonly home?: Home;
  readonly options?: PartialOptions;
  readonly capabilities?: object;
  readonly embedder?: Embedder;
  readonly reranker?: Reranker;
  /** Shared by two connections on one file, so that their ids differ and their clock is one. */
  readonly sources?: ReturnType<typeof fixedSources>;
};

/**
 * A real client talking to a real server over a real database (in memory unless `db` names a file). Without an embedder
 * unless one is asked for, so that what a search finds does not depend on how far the indexer is.
 */
export async function connect({
  db = ':memory:',
  home = { nodes: ['repo:acme/app'], aliases: [] },
  options = {},
  capabilities = {},
  sources = fixedSources(),
  embedder,
  reranker,
}: Connection = {}) {
  const place = databaseFor(db);
  const engine = composeEngine(
    resolveOptions({ ...PATIENT, db: place, pollMs: 20, embedder: 'none', ...options }),
    {
      sources,
      home,
      embedder,
      reranker,
    },
  );
  const [clientTransport, serverTransport] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'test', version: '0' }, { capabilities });
  const { create } = serverFactory(engine, { tools, resources, prompts });
  await create().connect(serverTransport);
  await client.connect(clientTransport);
  return {
    client,
    engine,
    sources,
    /** Calls a tool and returns its structured result; a tool error is thrown with its text. */
    async call(name: string, args: Record<string, unknown> = {}) {
      const result = await client.callTool({ name, arguments: args });
      if (result.isError) throw new Error(textOf(result.content));
      return JSON.parse(textOf(result.content));
    },
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await engine.close();
      if (db === ':memory:') await giveBack(place);
    },
  };
}

export function textOf(content: readonly { readonly type: string }[]): string {
  const [first] = content;
  return first && 'text' in first && typeof first.text === 'string' ? first.text : '';
}
