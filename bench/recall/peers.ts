import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Corpus } from '../../src/measure/corpus.js';
import type { Answer } from '../../src/measure/score.js';
import { launch, type Running } from '../process.js';
import { type Contestant, mintmark, peer } from '../servers.js';

const PACKAGES = ['@ai-devkit/memory@0.20.1', 'mcp-memory-keeper@0.14.1'];
const DEEPEST = 20;
const BATCH = 100;

/** What needs no installation. */
export const atHand: readonly Contestant[] = [{ ...mintmark, find: findDeep }, peer];

/** Peers out of the registry, installed into a folder unless they are there; they are no dependencies. */
export function installed(folder: string): readonly Contestant[] {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'node_modules/mcp-memory-keeper')))
    spawnSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', ...PACKAGES], {
      stdio: 'inherit',
    });
  return [aiDevkit(folder), memoryKeeper(folder)];
}

const Hits = z.looseObject({ hits: z.array(z.looseObject({ uri: z.string() })) });

async function findDeep(server: Running, query: string): Promise<string[]> {
  const asked = { query, limit: DEEPEST, detail: 'ids', max_tokens: 4000 };
  return Hits.parse(await server.call('search', asked)).hits.map(({ uri }) => uri.replace('memory://', ''));
}

const Knowledge = z.looseObject({ id: z.string() });
const Found = z.looseObject({ results: z.array(Knowledge) });

/** FTS5 over title and content, one at a time; its semantic mode is off and would download a model. */
const aiDevkit = (folder: string): Contestant => ({
  name: '@ai-devkit/memory',
  start: home => launch([join(folder, 'node_modules/@ai-devkit/memory/dist/index.js')], { HOME: home }),
  async store(server, texts) {
    const ids: string[] = [];
    for (const text of texts) {
      // It refuses less than 10 characters of title and 50 of content.
      const knowledge = { title: text.slice(0, 100).padEnd(11, ' ·'), content: text.padEnd(51, ' ·') };
      ids.push(Knowledge.parse(await server.call('memory_storeKnowledge', knowledge)).id);
    }
    return ids;
  },
  find: async (server, query) =>
    Found.parse(await server.call('memory_searchKnowledge', { query, limit: DEEPEST })).results.map(
      ({ id }) => id,
    ),
});

const Said = z.looseObject({ content: z.array(z.looseObject({ text: z.string() })) });

/** Its semantic search compares hashed words and letters; it answers in prose. */
const memoryKeeper = (folder: string): Contestant => ({
  name: 'mcp-memory-keeper',
  start: home =>
    launch([join(folder, 'node_modules/mcp-memory-keeper/dist/index.js')], { HOME: home, DATA_DIR: home }),
  async store(server, texts, from) {
    const keys = texts.map((_, index) => `m${from + index}`);
    for (const [index, value] of texts.entries())
      await server.request('tools/call', {
        name: 'context_save',
        arguments: { key: keys[index], value },
      });
    return keys;
  },
  async find(server, query) {
    const asked = { query, topK: DEEPEST, minSimilarity: 0 };
    const said = await server.request('tools/call', { name: 'context_semantic_search', arguments: asked });
    const text = Said.parse(said).content[0]?.text ?? '';
    return [...text.matchAll(/^ {3}Key: (m\d+)$/gm)].map(([, key = '']) => key);
  },
});

/** Stores what is current, since not every peer knows what replaces what, and asks through stdio. */
export async function ask(
  contestant: Contestant,
  { memories, questions }: Corpus,
  folder: string,
): Promise<Answer[]> {
  mkdirSync(folder, { recursive: true });
  const server = await contestant.start(folder);
  try {
    const replaced = new Set(memories.flatMap(({ supersedes }) => supersedes));
    const current = memories.filter(({ id }) => !replaced.has(id));
    const ids = new Map<string, string>();
    for (let at = 0; at < current.length; at += BATCH) {
      const batch = current.slice(at, at + BATCH);
      const stored = await contestant.store(
        server,
        batch.map(({ memory }) => memory),
        at,
      );
      for (const [index, id] of stored.entries()) ids.set(id, batch[index]?.id ?? '');
    }
    const answers: Answer[] = [];
    for (const question of questions) {
      const before = performance.now();
      const found = await contestant.find(server, question.question);
      const milliseconds = performance.now() - before;
      answers.push({ question, found: found.map(id => ids.get(id) ?? id), milliseconds });
    }
    return answers;
  } finally {
    await server.close();
  }
}
