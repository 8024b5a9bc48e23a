import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { answer, scriptedModel, type Turn } from '../support/model.js';
import { passableTimeouts } from '../support/timeouts.js';

const DRAFT = {
  high_level: 'The parser is written; its errors are not.',
  decisions: [{ id: 'only of a decision that changes', statement: 'Parse by hand.', rationale: 'Errors.' }],
  open_questions: [{ question: 'Which errors?', priority: 'high' }],
  invariants: ['Never throw on text.'],
};
const say = (draft: object): Turn => `Here it is:\n\`\`\`json\n${JSON.stringify(draft)}\n\`\`\``;

/** As long as a line may be, and longer once its secret is redacted. */
const LONG = 'The password: q7Rz!92xK'.padStart(2000, 'The parser reads one line. ');

/** A server whose model follows a script. */
async function drafting(script: readonly Turn[], rest: object = {}) {
  const model = await scriptedModel(...script);
  const options = { writer: 'http', writerUrl: model.url, writerModel: 'tiny', ...rest } as const;
  const server = await connect({ options });
  return {
    model,
    ...server,
    checkpoint: (args: object = {}) =>
      server.call('checkpoint', { session_summary: 'We wrote the parser by hand.', ...args }),
    medallion: async () => {
      const { medallions } = await server.call('load_by_scope', {});
      return (await server.engine.medallions.read({ id: medallions[0].uri.replace('medallion://', '') }))
        .medallion;
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await model[Symbol.asyncDispose]();
    },
  };
}

describe('a checkpoint of evidence only', () => {
  it('is drafted by the writer, merged under ids of ours, and says who wrote it', async () => {
    await using server = await drafting([say(DRAFT)]);
    const made = await server.checkpoint({ transcripts: ['user: by hand, please'] });
    expect(made).toMatchObject({ version: 1, written_by: 'http tiny' });
    expect(await server.medallion()).toMatchObject({
      summary: { high_level: DRAFT.high_level },
      decisions: [{ id: 'D-001', statement: 'Parse by hand.' }],
      open_questions: [{ id: 'Q-001', question: 'Which errors?' }],
      affordances: { invariants: ['Never throw on text.'] },
    });
    const sent = server.model.asked[0]?.body.messages[1]?.content ?? '';
    expect(sent).toContain('We wrote the parser by hand.');
    expect(sent).toContain('by hand, please');
  });

  it('shows the writer what stands, so that it can close questions', async () => {
    await using server = await drafting([say(DRAFT)]);
    await server.checkpoint();
    const resolved_questions = [{ id: 'Q-001', answer: 'Those of syntax.' }];
    server.model.script(say({ high_level: 'All is written.', resolved_questions }));
    const made = await server.checkpoint({ session_summary: 'Errors of syntax, that is it.' });
    expect(made.changed).toMatchObject({ open_questions: { removed: ['Q-001'] } });
    expect(server.model.asked[1]?.body.messages[1]?.content).toContain('"id":"Q-001"');
    expect((await server.medallion()).decisions).toHaveLength(1);
  });

  it.each<[string, Turn, RegExp]>([
    ['another schema', say({ high_level: 7, decisions: 'none' }), /high_level/],
    ['an id that does not exist', say({ ...DRAFT, resolved_questions: [{ id: 'Q-9', answer: '' }] }), /Q-9/],
    ['a high level that is too long', say({ high_level: 'words and more '.repeat(300) }), /300/],
    ['a secret whose mark makes it too long', say({ ...DRAFT, invariants: [LONG] }), /invariants\[0\].*2000/],
    ['half of its JSON', `${JSON.stringify(DRAFT).slice(0, 90)}`, /one whole JSON object/],
  ])('tells the writer once what is wrong with %s', async (_what, wrong, told) => {
    await using server = await drafting([wrong, say(DRAFT)]);
    expect(await server.checkpoint()).toMatchObject({ written_by: 'http tiny' });
    expect(server.model.asked).toHaveLength(2);
    expect(server.model.asked[1]?.body.messages[0]?.content).toMatch(told);
  });

  /** Has the time of a writer run out. */
  let late = () => {};
  it.each<[string, Turn, number]>([
    ['is wrong twice', say({ high_level: 7 }), 2],
    ['twice writes what is too long with its secret redacted', say({ ...DRAFT, invariants: [LONG] }), 2],
    ['fails', { status: 401 }, 1],
    ['breaks off', response => void response.end(answer('{').slice(0, 20)), 1],
    ['never answers', () => late(), 1],
  ])('falls back to the digest when the writer %s', async (_what, turn, asked) => {
    await using server = await drafting([turn], { writerTimeoutMs: 23_000 });
    late = passableTimeouts(23_000).pass;
    const made = await server.checkpoint();
    expect(made).toMatchObject({
      version: 1,
      note: expect.stringContaining('The writer did not draft this'),
    });
    expect(made.written_by).toBeUndefined();
    expect(server.model.asked).toHaveLength(asked);
    expect((await server.medallion()).summary.high_level).toBe('We wrote the parser by hand.');
  });

  it('asks nothing when a structure is given, for a repeated call, or where the version is another', async () => {
    await using server = await drafting([say(DRAFT)]);
    await server.checkpoint({ invariants: [] });
    expect(server.model.asked).toHaveLength(0);
    await expect(server.checkpoint({ expected_version: 0 })).rejects.toThrow(/conflict/);
    await expect(server.checkpoint({ run_id: 'run_0' })).rejects.toThrow(/not_found/);
    expect(server.model.asked).toHaveLength(0);
    const made = await server.checkpoint({ expected_version: 1, idempotency_key: 'k' });
    expect(await server.checkpoint({ expected_version: 1, idempotency_key: 'k' })).toEqual({
      ...made,
      replayed: true,
    });
    expect(server.model.asked).toHaveLength(1);
  });

  it('refuses a draft of a version that moved on meanwhile, when one was expected', async () => {
    await using server = await drafting(['']);
    await server.checkpoint({ high_level: 'One.' });
    server.model.script(async response => {
      await server.checkpoint({ high_level: 'Two.' });
      response.writeHead(200).end(answer(JSON.stringify(DRAFT)));
    });
    await expect(server.checkpoint({ expected_version: 1 })).rejects.toThrow(/conflict/);
    expect((await server.medallion()).summary.high_level).toBe('Two.');
  });

  it('needs no writer', async () => {
    await using server = await connect();
    const made = await server.call('checkpoint', { session_summary: 'We wrote the parser.' });
    expect(made.note).toBeUndefined();
    expect(made.written_by).toBeUndefined();
  });
});
