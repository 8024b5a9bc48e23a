import type { Engine } from '../../src/engine.js';
import { AS_NEAR } from '../../src/search/weights.js';
import { type Statement, statements } from '../material.js';
import { seedOf, TEAMS } from './fill.js';
import { vectorOf } from './words.js';

/** Where is asked: of each kind of query so many, spread over namespaces of so many memories. */
export type Field = { readonly namespaces: readonly string[]; readonly memories: number };
/** Milliseconds of wall time; of the server's processor, where that was counted. */
export type Times = { readonly p50: number; readonly p95: number; readonly server?: number };
/** Milliseconds that a server has spent so far. */
export type Clock = () => Promise<number>;

const ROUNDS = 60;
const WARM = 20;
const NEAREST = 10;

const KINDS = (['rare', 'three', 'question'] as const).flatMap(kind =>
  [false, true].map(narrow => ({ kind, narrow, name: `${kind}${narrow ? ', in 2 %' : ''}` })),
);

/** Milliseconds of searches through the library, by kind. */
export async function ask(engine: Engine, field: Field, clock?: Clock): Promise<Record<string, Times>> {
  const measured: Record<string, Times> = {};
  for (const { kind, narrow, name } of KINDS) {
    const taken: number[] = [];
    let begun = 0;
    for (let round = 0; round < WARM + ROUNDS; round += 1) {
      const { namespace, statement, scope } = draw(field, round, narrow);
      const call = engine.call({ namespace });
      if (round === WARM) begun = (await clock?.()) ?? 0;
      const before = performance.now();
      await engine.search({ query: statement[kind], limit: NEAREST, ...scope }, call);
      if (round >= WARM) taken.push(performance.now() - before);
    }
    const server = clock && { server: Math.round((((await clock()) - begun) / ROUNDS) * 10) / 10 };
    measured[name] = { ...percentiles(taken), ...server };
  }
  return measured;
}

/** Of the ten nearest by comparing every vector, of those near enough to be shown, how many search by meaning finds. */
export async function recall(engine: Engine, field: Field, narrow: boolean): Promise<number> {
  let found = 0;
  let wanted = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { namespace, index, statement, scope } = draw(field, round, narrow);
    const team = narrow ? index % TEAMS : undefined;
    const exact = nearest(statementsOf(namespace, field.memories), { query: statement.question, team });
    const { hits } = await engine.search(
      { query: statement.question, mode: 'semantic', limit: NEAREST, detail: 'ids', ...scope },
      engine.call({ namespace }),
    );
    const indexes = new Set(hits.map(({ uri }) => Number(uri.slice(-16))));
    wanted += exact.length;
    found += exact.filter(at => indexes.has(at)).length;
  }
  return found / wanted;
}

function draw({ namespaces, memories }: Field, round: number, narrow: boolean) {
  const namespace = namespaces[(round * 37) % namespaces.length] ?? '';
  const index = (round * 131) % memories;
  const statement = statementsOf(namespace, memories)[index];
  if (!statement) throw new Error('there is nothing to ask');
  const scope = narrow ? { graph_nodes: [`team:${index % TEAMS}`] } : {};
  return { namespace, index, statement, scope };
}

type Nearest = { readonly query: string; readonly team: number | undefined };

function nearest(said: readonly Statement[], { query, team }: Nearest): number[] {
  const asked = vectorOf(query);
  return vectorsOf(said)
    .flatMap((vector, index) =>
      team === undefined || index % TEAMS === team ? { index, cosine: product(vector, asked) } : [],
    )
    .sort((left, right) => right.cosine - left.cosine)
    .slice(0, NEAREST)
    .filter(({ cosine }, _, [best]) => cosine >= (best?.cosine ?? 0) * AS_NEAR)
    .map(({ index }) => index);
}

const vectors = new WeakMap<readonly Statement[], readonly Float32Array[]>();

function vectorsOf(said: readonly Statement[]): readonly Float32Array[] {
  const known = vectors.get(said) ?? said.map(({ text }) => vectorOf(text));
  vectors.set(said, known);
  return known;
}

function product(left: Float32Array, right: Float32Array): number {
  let sum = 0;
  for (let dim = 0; dim < left.length; dim += 1) sum += (left[dim] ?? 0) * (right[dim] ?? 0);
  return sum;
}

const made = new Map<string, readonly Statement[]>();

export function statementsOf(namespace: string, memories: number): readonly Statement[] {
  const key = `${seedOf(namespace)} ${memories}`;
  const known = made.get(key) ?? statements(memories, seedOf(namespace));
  made.set(key, known);
  return known;
}

function percentiles(taken: number[]): Times {
  const sorted = taken.sort((left, right) => left - right);
  const at = (share: number): number =>
    Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 100) / 100;
  return { p50: at(0.5), p95: at(0.95) };
}
