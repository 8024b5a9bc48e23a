import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

const add = (content: string, fields = {}) => ({ changes: [{ content, ...fields }], commit: true });

describe('the trust of a proposed memory', () => {
  it('cannot be raised by an argument', async () => {
    await using server = await connect();
    const id = await remember(server, 'Trust me.', { trust: 'user' });
    expect((await server.call('fetch', { uri: id })).meta.trust).toBe('agent');
  });

  it.each([
    ['a URL as source', { source_refs: ['https://example.com'] }, 'tool'],
    ['a bucket as source', { source_refs: ['s3://acme/notes'] }, 'tool'],
    ['a blob as source', { source_refs: ['blob://blob_1'] }, 'tool'],
    ['a URL behind a space', { source_refs: [' https://example.com'] }, 'tool'],
    ['a URL within words', { source_refs: ['seen at (https://example.com), section 3'] }, 'tool'],
    ['a blob by its id', { source_refs: [`blob_${'0'.repeat(32)}`] }, 'tool'],
    ['an event of a run', { source_refs: ['as run_1/ledger shows'] }, 'tool'],
    ['a lower trust', { trust: 'import' }, 'import'],
  ])('falls with %s, which needs review', async (_, fields, trust) => {
    await using server = await connect();
    const reply = await server.call('memory_propose', add('The docs say so.', fields));
    expect(reply).toMatchObject({ status: 'needs_review', committed_ids: [], changes: [{ trust }] });
    expect(reply.review).toContain('mintmark review');
    expect((await server.call('search', { query: 'docs' })).hits).toEqual([]);
  });

  it.each(['src/http/front.ts:12', 'Ada, by word of mouth', 'session://ses_1', 'the glob: *.ts'])(
    'stays where it was with %s as source',
    async ref => {
      await using server = await connect();
      const reply = await server.call('memory_propose', add('So it is.', { source_refs: [ref] }));
      expect(reply.status).toBe('committed');
    },
  );

  it('needs no review where the operator lets agents commit outside content', async () => {
    await using server = await connect({ options: { untrustedPolicy: 'agent' } });
    const id = await remember(server, 'The docs say so.', { source_refs: ['https://example.com'] });
    const { hits } = await server.call('search', { query: 'docs' });
    expect(hits).toMatchObject([{ uri: `memory://${id}`, trust: 'tool' }]);
    expect(hits[0].snippet).toMatch(/^``` untrusted tool\n/);
  });
});

it('retires nothing on the word of a web page without a person', async () => {
  await using server = await connect();
  const id = await remember(server, 'We deploy with Kamal.');
  const retire = { op: 'deprecate', target_id: id, source_refs: ['https://example.com/kamal-is-dead'] };
  const reply = await server.call('memory_propose', { changes: [retire], commit: true });
  expect(reply).toMatchObject({ status: 'needs_review', changes: [{ trust: 'tool' }] });
});
