import { z } from 'zod';
import { outcomeOf } from '../support/mintmark.js';
import type { Spawned } from '../support/spawn.js';
import { rowsOf } from '../support/stored.js';

const Said = z.looseObject({
  committed_ids: z.array(z.string()).optional(),
  purged: z.boolean().optional(),
  ids: z.array(z.string()).optional(),
  run_id: z.string().optional(),
  seq: z.number().optional(),
  medallion_id: z.string().optional(),
  version: z.number().optional(),
});

/** What the replies of some writes promise to be there, and gone. */
export class Promised {
  readonly #memories = new Set<string>();
  readonly #purged = new Set<string>();
  readonly #runs = new Map<string, number>();
  readonly #medallions = new Map<string, number>();

  hear(reply: unknown): void {
    const { committed_ids = [], purged, ids = [], ...rest } = Said.parse(reply);
    for (const id of committed_ids) this.#memories.add(id);
    if (purged) for (const id of ids) this.#purged.add(id);
    if (rest.run_id && rest.seq !== undefined) this.#runs.set(rest.run_id, rest.seq);
    if (rest.medallion_id && rest.version) this.#medallions.set(rest.medallion_id, rest.version);
  }

  get count(): number {
    return this.#memories.size + this.#purged.size + this.#runs.size + this.#medallions.size;
  }

  /** The promises that a database does not keep. A purge that was asked for may have come before its reply. */
  async broken(db: string, asked: ReadonlySet<string> = new Set()): Promise<string[]> {
    const memories = new Set((await rowsOf<{ id: string }>(db, 'select id from memory')).map(row => row.id));
    const runs = new Map(
      (await rowsOf<{ id: string; seq: number }>(db, 'select id, seq from run')).map(row => [
        row.id,
        row.seq,
      ]),
    );
    const struck = await rowsOf<{ id: string; version: number }>(
      db,
      'select medallion_id as id, max(version) as version from medallion_version group by 1',
    );
    const versions = new Map(struck.map(row => [row.id, row.version]));
    return [
      ...[...this.#memories].filter(id => !memories.has(id) && !asked.has(id)).map(id => `${id} is lost`),
      ...[...this.#purged].filter(id => memories.has(id)).map(id => `${id} is back`),
      ...[...this.#runs].filter(([id, seq]) => (runs.get(id) ?? -1) < seq).map(([id]) => `${id} went back`),
      ...[...this.#medallions]
        .filter(([id, version]) => (versions.get(id) ?? 0) < version)
        .map(([id]) => `${id} went back`),
    ];
  }
}

export type Worked = {
  readonly promised: Promised;
  /** Ids whose purge was asked for, whatever became of it. */
  readonly asked: ReadonlySet<string>;
  readonly failures: readonly string[];
};

/** Writes of every kind, one after the other, whatever becomes of each. */
export async function work(server: Spawned, turns: number): Promise<Worked> {
  const promised = new Promised();
  const asked = new Set<string>();
  const failures: string[] = [];
  const call = async (name: string, args: Record<string, unknown>) => {
    const outcome = outcomeOf(await server.call(name, args));
    if ('failure' in outcome) return void failures.push(outcome.failure);
    promised.hear(outcome.value);
    return Said.parse(outcome.value);
  };
  const add = (content: string, rest = {}) =>
    call('memory_propose', { changes: [{ content, ...rest }], commit: true });
  const run = await call('run_open', { objective: 'Write on a bad disk.' });
  let seq = run?.seq ?? 0;
  for (let turn = 0; turn < turns; turn += 1) {
    const [old] = (await add(`Plum ${turn} grows in orchard ${turn * 7919}.`))?.committed_ids ?? [];
    if (old) await add(`Quince ${turn} replaced what grew there.`, { op: 'supersede', supersedes: [old] });
    if (run) {
      const patch = { run_id: run.run_id, expected_seq: seq, set: { next_action: `step ${turn}` } };
      seq = (await call('working_set_patch', patch))?.seq ?? seq;
    }
    await call('checkpoint', { session_summary: `Turn ${turn}.`, high_level: `At turn ${turn}.` });
    if (!old || turn % 2 === 0) continue;
    asked.add(old);
    await call('memory_forget', { ids: [old], purge: true });
  }
  return { promised, asked, failures };
}
