import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventHash, FIRST_PREVIOUS_HASH } from '../../src/ledger/seal.js';
import { portableHash } from '../../src/memory/portable.js';
import { type PackContent, withoutBodies } from '../../src/pack/content.js';
import { readPack } from '../../src/pack/read-pack.js';
import { renderPack } from '../../src/pack/render.js';
import { unzip } from '../../src/pack/unzip.js';
import { zip } from '../../src/pack/zip.js';
import { AGENT_EVENT_TYPES } from '../../src/schema/event.js';
import type { Artefact, LedgerLine } from '../../src/schema/pack.js';
import { canonicalJson, sha256 } from '../../src/text/hash.js';
import { seedOfRun } from '../support/mintmark.js';
import { limits } from '../support/packs.js';
import { runs } from '../support/sweep.js';
import { character } from '../support/unicode.js';

const RUN = `run_${'1'.repeat(32)}`;
const scope = { graph_nodes: ['repo:acme/app'], tags: ['ä'] };

const workingSet = {
  _schema_version: '2.1' as const,
  _update_seq: 3,
  task_id: 'task',
  thread_id: 'thread',
  run_id: RUN,
  objective: 'Go on.',
  status: 'BUSY' as const,
  acceptance_criteria: [],
  current_stage: 'WRITING',
  next_action: 'write',
  constraints: [],
  artifact_refs: [],
  blockers: [],
  last_action_summary: '',
  pinned_context: [],
  sliding_context: [],
};

type Said = { readonly type: string; readonly body: Record<string, unknown> };

/** A chain over these events, each with a salt of its own. */
function chain(stream: string, said: readonly Said[]): LedgerLine[] {
  let previous_hash = FIRST_PREVIOUS_HASH;
  return said.map(({ type, body }, index) => {
    const salt = String(index).padStart(32, '0');
    const body_hash = sha256(salt + canonicalJson(body));
    const unsealed = { stream, sequence: index + 1, type, at: index, body_hash, previous_hash };
    previous_hash = eventHash(unsealed);
    return { ...unsealed, hash: previous_hash, salt, body };
  });
}

/** A pack of one run with these events of an agent, memories and episodes. */
function packOf({ said, contents, numbers }: Drawn): PackContent {
  const episodes = numbers.map(number => episode(number));
  const begins = {
    type: 'RUN_START',
    body: { working_set: workingSet, scope, external_id: null, trust: 'agent', origin: null },
  };
  const sealed = episodes.map(({ owner, hash }) => ({
    type: 'MILESTONE',
    body: { episode_id: owner, number: 1, bodies: { [owner]: hash } },
  }));
  const lines = chain(`run:${RUN}`, [begins, ...said, ...sealed]);
  const last = lines.at(-1);
  return {
    manifest: {
      format: 'mintmark-pack',
      version: 1,
      kind: 'run',
      created_by: 'test',
      scope,
      runs: [{ run_id: RUN, ...scope, working_set: 'working_set.json' }],
      sessions: [],
      heads: { [`run:${RUN}`]: { sequence: last?.sequence ?? 0, hash: last?.hash ?? '' } },
      include: ['memories'],
      redacted: false,
      origins: [],
      files: [],
    },
    streams: new Map([[`run:${RUN}`, lines]]),
    talks: [],
    blobs: [],
    episodes,
    medallions: [],
    workingSets: new Map([[RUN, workingSet]]),
    memories: contents.map((content, index) => memory(content, index)),
    origins: new Map(),
  };
}

function episode(number: number): Artefact {
  const owner = `epi_${number.toString(16).padStart(32, '0')}`;
  const body = {
    episode_id: owner,
    run_id: RUN,
    number: 1,
    created_at: '2026-01-01T00:00:00.000Z',
    reason: 'done',
    summary: String(number),
    ws_before: workingSet,
    ws_after: workingSet,
    events: { first: 1, last: 1 },
    memory_commits: [],
    next_entry_point: null,
  };
  return { owner, salt: '5a', hash: sha256(`5a${canonicalJson(body)}`), body };
}

function memory(content: string, index: number): PackContent['memories'][number] {
  const line = {
    id: `mem_${String(index).padStart(32, '0')}`,
    status: 'active' as const,
    created_at: '2026-01-01T00:00:00.000Z',
    committed_at: null,
    superseded_by: null,
    type: 'fact' as const,
    content,
    ...scope,
    importance: 0.5,
    confidence: 0.8,
    rationale: null,
    source_refs: [],
    trust: 'agent' as const,
    supersedes: [],
    valid_from: null,
    valid_to: null,
  };
  return { ...line, sha256: portableHash(line) };
}

type Drawn = { readonly said: Said[]; readonly contents: string[]; readonly numbers: number[] };

const drawn: fc.Arbitrary<Drawn> = fc.record({
  said: fc.array(
    fc.record({
      type: fc.constantFrom(...AGENT_EVENT_TYPES),
      body: fc.dictionary(fc.string({ unit: character }), fc.jsonValue({ stringUnit: character })),
    }),
    { maxLength: 20 },
  ),
  contents: fc.array(fc.string({ unit: character, minLength: 1, maxLength: 200 }), { maxLength: 5 }),
  numbers: fc.uniqueArray(fc.nat(), { maxLength: 4 }),
});

describe('a pack', () => {
  it('gives back to the byte what was put in, whatever that is', async () => {
    const seed = seedOfRun();
    await fc.assert(
      fc.asyncProperty(drawn, async values => {
        const { manifest, files } = renderPack(packOf(values));
        const archive = await zip(files);
        const read = readPack(unzip(Buffer.from(archive), limits));
        expect(read.manifest).toEqual(manifest);
        expect(Buffer.compare(await zip(renderPack(read).files), archive)).toBe(0);
      }),
      { seed, numRuns: runs(100) },
    );
  });

  it('is the same bytes in whatever order its parts come', async () => {
    const seed = seedOfRun();
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(), { minLength: 2, maxLength: 5 }), async numbers => {
        const content = packOf({ said: [], contents: [], numbers });
        const turned = { ...content, episodes: content.episodes.toReversed() };
        expect(
          Buffer.compare(await zip(renderPack(content).files), await zip(renderPack(turned).files)),
        ).toBe(0);
      }),
      { seed, numRuns: runs(30) },
    );
  });

  it('without its bodies is still verified, and holds nothing of them', async () => {
    const said = [{ type: 'NOTE', body: { text: 'grapefruit' } }];
    const reduced = withoutBodies(packOf({ said, contents: ['grapefruit'], numbers: [1] }));
    const { files } = renderPack(reduced);
    expect(() => readPack(files)).not.toThrow();
    expect([...files.values()].map(bytes => Buffer.from(bytes).toString()).join()).not.toMatch(
      /grapefruit|"salt":"/,
    );
  });

  it('with one body purged is still verified, and holds the rest', () => {
    const content = packOf({ said: [{ type: 'NOTE', body: { text: 'kept' } }], contents: [], numbers: [1] });
    const lines = content.streams.get(`run:${RUN}`) ?? [];
    const purged = lines.map((line, index) => (index === 0 ? { ...line, salt: null, body: null } : line));
    const { files } = renderPack({ ...content, streams: new Map([[`run:${RUN}`, purged]]) });
    expect(readPack(files).streams.get(`run:${RUN}`)?.[1]?.body).toEqual({ text: 'kept' });
  });
});
