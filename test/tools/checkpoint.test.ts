import { describe, expect, it } from 'vitest';
import { Medallion } from '../../src/schema/medallion.js';
import { connect } from '../support/connect.js';
import { tokensOf } from '../support/tokens.js';

type Server = Awaited<ReturnType<typeof connect>>;

const summary = { session_summary: 'We moved billing to the new queue.' };
const first = {
  ...summary,
  high_level: 'Billing runs on the new queue.',
  decisions: [{ statement: 'Use one queue a tenant.', rationale: 'Noisy neighbours.', confidence: 0.9 }],
  open_questions: [{ question: 'Who pays for retries?', blocked_on: ['finance'], priority: 'high' }],
  subsystems: [{ name: 'queue', status: 'in_progress', notes: 'Half moved.' }],
  invariants: ['Never drop an invoice.'],
  recommended_entry_points: ['src/queue.ts'],
};

const read = async (server: Server, uri: string) => {
  const [content] = (await server.client.readResource({ uri })).contents;
  return JSON.parse(content && 'text' in content ? content.text : '');
};

const sound = async (server: Server) =>
  expect((await server.engine.verify({ deep: true })).findings).toEqual([]);

describe('checkpoint', () => {
  it('makes version 1 of the home scope with all that was said', async () => {
    await using server = await connect();
    const reply = await server.call('checkpoint', first);
    expect(reply).toMatchObject({ version: 1, created: true, scope: 'repo:acme/app' });
    expect(reply.changed).toEqual({
      summary: { added: ['high_level'] },
      subsystems: { added: ['queue'] },
      decisions: { added: ['D-001'] },
      open_questions: { added: ['Q-001'] },
      affordances: { added: ['recommended_entry_points', 'invariants'] },
    });
    expect(await read(server, reply.uri)).toMatchObject({
      meta: {
        schema_version: 'medallion.v1',
        version: 1,
        status: 'active',
        model: 'unknown',
        trust: 'agent',
      },
      scope: { graph_nodes: ['repo:acme/app'], tags: [] },
      summary: { high_level: 'Billing runs on the new queue.' },
      decisions: [{ id: 'D-001', rationale: 'Noisy neighbours.', confidence: 0.9 }],
      open_questions: [{ id: 'Q-001', blocked_on: ['finance'], priority: 'high' }],
    });
    await sound(server);
  });

  it('merges a later call: ids, rationale and what is omitted stay', async () => {
    await using server = await connect();
    const { uri } = await server.call('checkpoint', first);
    const reply = await server.call('checkpoint', {
      session_summary: 'Finance pays.',
      decisions: [{ statement: 'use one queue a tenant' }, { statement: 'Retry three times.' }],
      resolved_questions: [{ id: 'Q-001', answer: 'Finance.' }],
      subsystems: [{ name: 'Queue', status: 'stable' }],
    });
    expect(reply).toMatchObject({ version: 2, created: false, uri });
    expect(reply.changed).toMatchObject({
      decisions: { added: ['D-002'], updated: ['D-001'] },
      open_questions: { removed: ['Q-001'] },
      resolved_questions: { added: ['Q-001'] },
    });
    const now = await read(server, uri);
    expect(now.decisions).toMatchObject([
      { id: 'D-001', rationale: 'Noisy neighbours.', confidence: 0.9 },
      { id: 'D-002', rationale: '', confidence: 0.8 },
    ]);
    expect(now.resolved_questions).toEqual([
      { id: 'Q-001', question: 'Who pays for retries?', answer: 'Finance.' },
    ]);
    expect(now.summary).toEqual({
      high_level: 'Billing runs on the new queue.',
      subsystems: [{ name: 'Queue', status: 'stable', notes: 'Half moved.' }],
    });
    expect(now.affordances.invariants).toEqual(['Never drop an invoice.']);
  });

  it('keeps every version and its evidence whole', async () => {
    await using server = await connect();
    const artefacts = { diff: { files: ['a.ts'], lines: 12 }, notes: [null, true, 1.5] };
    const evidence = { session_summary: 'First.', transcripts: ['user: hi\nagent: hello'], artefacts };
    const { uri } = await server.call('checkpoint', evidence);
    await server.call('checkpoint', { session_summary: 'Second.', high_level: 'Now.' });
    const [one, two] = [await read(server, `${uri}/v/1`), await read(server, `${uri}/v/2`)];
    expect(one).toMatchObject({ meta: { version: 1 }, summary: { high_level: 'First.' }, evidence });
    expect(two).toMatchObject({ meta: { version: 2 }, evidence: { session_summary: 'Second.' } });
    expect(two.meta).toMatchObject({
      created_at: one.meta.created_at,
      knowledge_min_ts: one.meta.created_at,
      knowledge_max_ts: two.meta.updated_at,
    });
    await expect(server.client.readResource({ uri: `${uri}/v/3` })).rejects.toThrow(
      /no version 3.*newest is 2/,
    );
  });

  it('never uses the id of a retracted decision again', async () => {
    await using server = await connect();
    const { uri } = await server.call('checkpoint', first);
    const reply = await server.call('checkpoint', { ...summary, retracted_decisions: ['D-001'] });
    expect(reply.changed.decisions).toEqual({ removed: ['D-001'] });
    await server.call('checkpoint', { ...summary, decisions: [{ statement: 'Use a log.' }] });
    expect((await read(server, uri)).decisions).toMatchObject([{ id: 'D-002' }]);
    expect((await read(server, `${uri}/v/1`)).decisions).toMatchObject([{ id: 'D-001' }]);
  });

  it('names every id that it does not know, and changes nothing', async () => {
    await using server = await connect();
    const { uri } = await server.call('checkpoint', first);
    const wrong = server.call('checkpoint', {
      ...summary,
      resolved_questions: [{ id: 'Q-009', answer: 'Yes.' }],
      retracted_decisions: ['D-009'],
      decisions: [
        { id: 'D-001', statement: 'Once.' },
        { id: 'D-001', statement: 'Twice.' },
      ],
    });
    await expect(wrong).rejects.toThrow(
      /^invalid: .*no decision D-009; its decisions are D-001.*no question Q-009; its open questions are Q-001/s,
    );
    await expect(wrong).rejects.toThrow(/decisions has D-001 more than once/);
    expect((await read(server, uri)).meta.version).toBe(1);
  });

  it.each([
    ['a blank summary', { session_summary: '  ' }, /session_summary is blank/],
    [
      'blank statements',
      {
        ...summary,
        decisions: [{ statement: 'A.' }, { statement: ' ' }],
        open_questions: [{ question: '\n' }],
      },
      /decisions\[1\]\.statement is blank.*open_questions\[0\]\.question is blank/s,
    ],
    [
      'a blank name and a blank rule',
      { ...summary, subsystems: [{ name: ' ' }], invariants: [' '] },
      /subsystems\[0\]\.name is blank.*invariants\[0\] is blank/s,
    ],
    ['no summary', { high_level: 'x' }, /session_summary/],
    ['a NUL', { ...summary, invariants: ['a\0'] }, /invariants\[0\] has a NUL/],
    [
      'a lone surrogate in artefacts',
      { ...summary, artefacts: { '\ud800': 1 } },
      /key of artefacts has a lone/,
    ],
    [
      'a number that JSON cannot write',
      { ...summary, artefacts: { n: [JSON.parse('1e999')] } },
      /^invalid: .*n\[0\] is/s,
    ],
    ['nothing as scope', { ...summary, graph_nodes: [] }, /^invalid: The scope is empty/],
    ['a blank node', { ...summary, graph_nodes: [' '] }, /blank/],
    ['a run that is not there', { ...summary, run_id: 'run_nowhere' }, /^not_found: There is no run/],
    ['a version that is not there', { ...summary, expected_version: 1 }, /^conflict: .*no medallion yet/],
    ['too many tags', { ...summary, tags: Array.from({ length: 21 }, String) }, /tags: more than 20 entries/],
    [
      'a long statement',
      { ...summary, decisions: [{ statement: 'x'.repeat(2001) }] },
      /decisions\[0\]\.statement: found 2001 characters, expected 1 to 2000/,
    ],
    ['an empty entry', { ...summary, invariants: [''] }, /invariants\[0\]: found 0 characters/],
    ['a confidence of 2', { ...summary, decisions: [{ statement: 'x', confidence: 2 }] }, /from 0 to 1/],
    [
      'a made-up priority',
      { ...summary, open_questions: [{ question: 'x', priority: 'urgent' }] },
      /priority/,
    ],
  ])('refuses %s', async (_, args, message) => {
    await using server = await connect();
    await expect(server.call('checkpoint', args)).rejects.toThrow(message);
    expect((await server.call('load_by_scope', { all: true })).medallions).toEqual([]);
    await sound(server);
  });

  it('refuses a high level of more than 300 tokens with the count, and takes one of exactly 300', async () => {
    await using server = await connect();
    const words = (count: number) => Array.from({ length: count }, () => 'word').join(' ');
    await expect(server.call('checkpoint', { ...summary, high_level: words(301) })).rejects.toThrow(
      /^too_large: high_level has 301 tokens of o200k_base, at most 300/,
    );
    expect(await server.call('checkpoint', { ...summary, high_level: words(300) })).toMatchObject({
      version: 1,
    });
  });

  it.each(['word '.repeat(2000), '嗰個'.repeat(3000), '🦔🧿'.repeat(900), 'a1b2c3d4'.repeat(800)])(
    'digests a long summary %# to 300 tokens, always the same',
    async session_summary => {
      const digests = await Promise.all(
        [1, 2].map(async () => {
          await using server = await connect();
          const { uri } = await server.call('checkpoint', { session_summary });
          return (await read(server, uri)).summary.high_level;
        }),
      );
      expect(digests[0]).toBe(digests[1]);
      expect(session_summary.startsWith(digests[0])).toBe(true);
      expect(tokensOf(digests[0])).toBeLessThanOrEqual(300);
    },
  );

  it.each([`a${' '.repeat(20_000)}b`, `a${'🦔'.repeat(10_000)}`, `${'='.repeat(30_000)}`])(
    'stores what its own schema takes, whatever the summary (%#)',
    async session_summary => {
      await using server = await connect();
      const { medallion_id: id } = await server.call('checkpoint', { session_summary });
      const { medallion } = await server.engine.medallions.read({ id });
      expect(Medallion.parse(medallion)).toEqual(medallion);
      expect(medallion.summary.high_level.isWellFormed()).toBe(true);
    },
  );

  it('refuses what its marks make too long, as nobody could import it', async () => {
    await using server = await connect();
    const statement = `The password is hunter2x ${'x'.repeat(1970)}`;
    const refused = server.call('checkpoint', { session_summary: 'Done.', decisions: [{ statement }] });
    await expect(refused).rejects.toThrow(/^invalid: .*decisions\[0\]\.statement: found 2\d+ characters/s);
  });

  it('redacts secrets everywhere, evidence included, and says where', async () => {
    await using server = await connect();
    const token = ['ghp', 'q8Zr2LkW5vTn7YbX3mJc9PdF6sHg4RaE1uKo'].join('_');
    const { uri, redacted } = await server.call('checkpoint', {
      session_summary: `Used ${token}.`,
      decisions: [{ statement: 'Deploy by token.', rationale: `It is ${token}.` }],
      artefacts: { env: { key: token } },
    });
    expect(redacted.map(({ path }: { path: string }) => path).sort()).toEqual([
      'artefacts.env.key',
      'decisions[0].rationale',
      'session_summary',
    ]);
    const [content] = (await server.client.readResource({ uri: `${uri}/v/1` })).contents;
    expect(JSON.stringify(content)).not.toContain(token);
  });

  it('does a repeated call with one idempotency key once', async () => {
    await using server = await connect();
    const call = { ...first, idempotency_key: 'end-of-day' };
    const reply = await server.call('checkpoint', call);
    expect(await server.call('checkpoint', call)).toEqual({ ...reply, replayed: true });
    await expect(server.call('checkpoint', { ...call, high_level: 'Else.' })).rejects.toThrow(
      /^conflict: .*other/,
    );
    expect((await server.call('checkpoint', summary)).version).toBe(2);
  });

  it('names its run by an external id however that is written', async () => {
    await using server = await connect();
    const { run_id } = await server.call('run_open', {
      objective: 'Move billing.',
      external_id: 'caf\u00e9',
    });
    const { uri } = await server.call('checkpoint', { ...first, run_id: 'cafe\u0301' });
    expect((await read(server, uri)).meta.run_id).toBe(run_id);
  });

  it('links the run it came from, with a reference in its stream', async () => {
    await using server = await connect();
    const { run_id } = await server.call('run_open', { objective: 'Move billing.' });
    const { uri, version } = await server.call('checkpoint', { ...first, run_id });
    expect((await read(server, uri)).meta.run_id).toBe(run_id);
    const [content] = (await server.client.readResource({ uri: `run://${run_id}/ledger` })).contents;
    expect(JSON.stringify(content)).toContain('CHECKPOINT');
    expect(version).toBe(1);
    await sound(server);
  });
});
