import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember, supersede } from '../support/remember.js';
import { eventsOf, openRun } from '../support/runs.js';

const add = (content: string, fields = {}) => ({ changes: [{ content, ...fields }], commit: true });

describe('memory_propose', () => {
  it('stores what it commits so that search recalls it', async () => {
    await using server = await connect();
    const reply = await server.call('memory_propose', add('We deploy with Kamal.', { type: 'decision' }));
    expect(reply).toMatchObject({ status: 'committed', scope: 'repo:acme/app' });
    const { hits } = await server.call('search', { query: 'kamal deploy' });
    expect(hits).toMatchObject([
      {
        uri: `memory://${reply.committed_ids[0]}`,
        type: 'decision',
        trust: 'agent',
        snippet: 'We deploy with Kamal.',
      },
    ]);
  });

  it('lists ids that are not known beside whatever else is wrong with a batch', async () => {
    await using server = await connect();
    const { committed_ids } = await server.call('memory_propose', add('We deploy with Kamal.'));
    const retire = { op: 'deprecate', target_id: committed_ids[0] };
    const changes = [
      { op: 'supersede', content: 'We deploy with Nomad.', supersedes: ['memory://mem_1'] },
      { content: ' ' },
      { op: 'supersede', supersedes: ['mem_2'] },
      retire,
      retire,
    ];
    await expect(server.call('memory_propose', { changes })).rejects.toThrow(
      [
        '- changes[0]: there is no memory mem_1',
        '- changes[1]: add needs content, one statement of 1 to 8,000 characters',
        '- changes[2]: supersede needs content, one statement of 1 to 8,000 characters',
        '- changes[2]: there is no memory mem_2',
        `- changes[4]: ${committed_ids[0]} is replaced or retired by an earlier change of the batch`,
      ].join('\n'),
    );
  });

  it('leaves a batch proposed and out of search unless a commit is asked for', async () => {
    await using server = await connect();
    const reply = await server.call('memory_propose', { changes: [{ content: 'We deploy with Kamal.' }] });
    expect(reply).toMatchObject({ status: 'proposed', committed_ids: [] });
    expect(reply.review).toBe('Not recalled yet: call memory_commit with this batch_id.');
    expect(await server.call('search', { query: 'kamal' })).toMatchObject({
      hits: [],
      note: 'Batches not committed yet: 1. Repeat with statuses ["proposed"] to search them.',
    });
    const { hits } = await server.call('search', { query: 'kamal', statuses: ['proposed'] });
    expect(hits).toMatchObject([{ status: 'proposed', batch_id: reply.batch_id }]);
    await server.call('memory_commit', { batch_id: hits[0].batch_id });
    const found = await server.call('search', { query: 'kamal' });
    expect(found.hits).toHaveLength(1);
    expect(found.hits[0]).not.toHaveProperty('batch_id');
    expect(await server.call('search', { query: 'walrus' })).not.toHaveProperty('note');
  });

  it('says of what does not hold now that it is not recalled, and how it would be', async () => {
    await using server = await connect();
    const change = { content: 'The freeze begins on 15 December 2027.', valid_from: '2027-12-15' };
    const { committed_ids, note } = await server.call('memory_propose', { changes: [change], commit: true });
    expect(note).toBe(
      `What does not hold now is recalled only where valid_at asks for its time: ${committed_ids[0]}. To have it known already, propose it anew without valid_from or valid_to.`,
    );
    expect((await server.call('search', { query: 'freeze' })).hits).toEqual([]);
    expect((await server.call('search', { query: 'freeze', valid_at: '2027-12-20' })).hits).toHaveLength(1);
    const over = add('The office was in Bern.', { valid_from: '2024-01-01', valid_to: '2025-01-01' });
    expect((await server.call('memory_propose', over)).note).toMatch(/^What does not hold now/);
    const many = ['Ada', 'Bo', 'Cy', 'Di', 'Ed'].map(name => ({ ...change, content: `${name} joins.` }));
    const joining = await server.call('memory_propose', { changes: many });
    expect(joining.note).toMatch(/: mem_\w+, mem_\w+, mem_\w+, 2 more\. To/);
    const holding = add('Ada is on call.', { valid_from: '2020-01-01' });
    expect(await server.call('memory_propose', holding)).not.toHaveProperty('note');
  });

  it('names batches that add nothing where what is proposed is searched, so that they can be decided', async () => {
    await using server = await connect();
    const id = await remember(server, 'The cache lives for 60 seconds.');
    const changes = [{ op: 'deprecate', target_id: id }];
    const { batch_id, review } = await server.call('memory_propose', { changes });
    expect(review).toBe('Not done yet: call memory_commit with this batch_id.');
    const nothing = await server.call('memory_propose', { changes: [{ op: 'noop' }] });
    await server.call('memory_propose', { changes: [{ content: 'We deploy with Kamal.' }] });
    const { hits, note } = await server.call('search', { query: '', statuses: ['proposed'] });
    expect(hits).toHaveLength(1);
    expect(note).toBe(
      `Batches that add nothing: ${batch_id} (deprecate memory://${id}), ${nothing.batch_id} (noop). memory_commit decides each.`,
    );
    const elsewhere = { query: '', statuses: ['proposed'], graph_nodes: ['repo:acme/other'] };
    expect((await server.call('search', elsewhere)).note).toBe(
      `Batches that add nothing: ${nothing.batch_id} (noop). memory_commit decides each.`,
    );
    for (const id of [batch_id, nothing.batch_id]) await server.call('memory_commit', { batch_id: id });
    expect(await server.call('search', { query: '', statuses: ['proposed'] })).not.toHaveProperty('note');
  });

  it('keeps content byte for byte, in any script and normalisation', async () => {
    await using server = await connect();
    const content = ' Cafe\u0301 👩‍👩‍👧 ไทย 東京\r\n\t"quoted" \\ \u202e end ';
    const id = await remember(server, content);
    expect((await server.call('fetch', { uri: id })).text).toBe(content);
  });

  it('takes a hundred changes and refuses none and a hundred and one', async () => {
    await using server = await connect();
    const changes = Array.from({ length: 101 }, (_, n) => ({ content: `Note ${n} on subject ${n * 7919}.` }));
    const reply = await server.call('memory_propose', { changes: changes.slice(1), commit: false });
    expect(reply.changes).toHaveLength(100);
    await expect(server.call('memory_propose', { changes })).rejects.toThrow(/invalid.*changes/s);
    await expect(server.call('memory_propose', { changes: [] })).rejects.toThrow(/invalid.*changes/s);
  });

  it('notes a noop without making a memory', async () => {
    await using server = await connect();
    const changes = [{ op: 'noop', rationale: 'Known already.' }];
    const reply = await server.call('memory_propose', { changes, commit: true });
    expect(reply).toMatchObject({ status: 'committed', committed_ids: [], scope: 'none' });
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('records what one call proposes and commits as one event, and what two calls do as two', async () => {
    await using server = await connect();
    const events = async () => (await server.call('status')).counts.events;
    const [port, host] = [await remember(server, 'The port is 80.'), await remember(server, 'A host.')];
    expect(await events()).toBe(2);
    const changes = [
      { op: 'supersede', content: 'The port is 443.', supersedes: [port] },
      { op: 'deprecate', target_id: host, rationale: 'It is gone.' },
      { content: 'Kamal deploys.' },
    ];
    const reply = await server.call('memory_propose', { changes, commit: true });
    expect(reply).toMatchObject({ status: 'committed', committed_ids: { length: 2 } });
    expect(await events()).toBe(3);
    const { counts } = await server.call('status');
    expect(counts).toMatchObject({ active_memories: 2, superseded_memories: 1, deprecated_memories: 1 });
    const { batch_id } = await server.call('memory_propose', { changes: [{ content: 'Two steps.' }] });
    await server.call('memory_commit', { batch_id });
    expect(await events()).toBe(5);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('replaces and retires by the uri that search and look-alikes give, as by the id', async () => {
    await using server = await connect();
    const old = await remember(server, 'The port is 80.');
    const current = await supersede(server, [`memory://${old}`], 'The port is 443.');
    expect((await server.call('fetch', { uri: old })).meta).toMatchObject({ superseded_by: current });
    const changes = [{ op: 'deprecate', target_id: `memory://${current}` }];
    expect(await server.call('memory_propose', { changes, commit: true })).toMatchObject({
      status: 'committed',
    });
    expect((await server.call('search', { query: 'port' })).hits).toEqual([]);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  describe('from a run', () => {
    const changes = [{ content: 'We deploy with Kamal.' }, { op: 'noop', rationale: 'Known.' }];

    it('stands in the history of the run too, named by id, URI or external id', async () => {
      await using server = await connect();
      const run = await openRun(server, { external_id: 'ticket-7' });
      const once = { changes, commit: true, run_id: run, idempotency_key: 'a' };
      const committed = await server.call('memory_propose', once);
      expect(await server.call('memory_propose', once)).toMatchObject({ replayed: true });
      const proposed = await server.call('memory_propose', { changes, run_id: `run://${run}` });
      await server.call('memory_propose', { changes, run_id: 'ticket-7' });
      const events = await eventsOf(server, run);
      expect(events.map(({ type }) => type)).toEqual([
        'RUN_START',
        'MEMORY_COMMITTED',
        'MEMORY_PROPOSED',
        'MEMORY_PROPOSED',
      ]);
      const { batch_id, committed_ids: memory_ids } = committed;
      expect(events[1]?.payload).toEqual({ batch_id, memory_ids });
      expect(events[2]?.payload).toMatchObject({ batch_id: proposed.batch_id });
      await server.call('memory_forget', { ids: memory_ids, purge: true });
      expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
    });

    it('is refused where there is no such run, and stores nothing', async () => {
      await using server = await connect();
      const refused = server.call('memory_propose', { changes, run_id: 'run_none' });
      await expect(refused).rejects.toThrow(/^not_found: There is no run "run_none".*run_open/);
      expect((await server.call('status')).counts).toEqual({ events: 0 });
    });
  });

  it('says who decides on what is only proposed, too', async () => {
    await using server = await connect({ options: { commitPolicy: 'human' } });
    const reply = await server.call('memory_propose', { changes: [{ content: 'We deploy with Kamal.' }] });
    expect(reply).toMatchObject({ status: 'proposed', review: expect.stringContaining('mintmark review') });
  });

  it('says that what is replaced ahead of time is not recalled meanwhile', async () => {
    await using server = await connect();
    const supersedes = [await remember(server, 'A seat costs 5 euros.')];
    const change = { op: 'supersede', content: 'A seat costs 6 euros.', valid_from: '2027-01-01' };
    const reply = await server.call('memory_propose', { changes: [{ ...change, supersedes }], commit: true });
    expect(reply.note).toMatch(/holds from 2027-01-01T00:00:00\.000Z on.*propose it anew with this valid_to/);
    const old = { content: 'A seat costs 5 euros.', valid_to: '2027-01-01' };
    await remember(server, old.content, { valid_to: old.valid_to });
    const seat = async (valid_at: string) => (await server.call('search', { query: 'seat', valid_at })).hits;
    expect(await seat('2026-12-31')).toMatchObject([{ snippet: old.content }]);
    expect(await seat('2027-01-01')).toMatchObject([{ snippet: change.content }]);
  });

  describe('refuses the whole batch', () => {
    it('listing every problem of every change at once', async () => {
      await using server = await connect();
      const changes = [
        { content: 'Fine.' },
        { content: '  ' },
        { op: 'deprecate' },
        { op: 'supersede', content: 'x' },
      ];
      const refused = server.call('memory_propose', { changes, commit: true });
      await expect(refused).rejects.toThrow(
        /changes\[1\].*changes\[2\].*target_id.*changes\[3\].*supersedes.*\nCorrect the named changes/s,
      );
      expect((await server.call('search', { query: 'fine' })).hits).toEqual([]);
    });

    it.each([
      [{ content: 'The port is 443.' }, /add has target_id.*supersedes/],
      [{ op: 'supersede', content: 'The port is 443.', supersedes: ['mem_1'] }, /supersede has target_id/],
      [{ op: 'deprecate', supersedes: ['mem_1'] }, /deprecate has supersedes/],
    ])('when a change names memories that its op would pass over: %j', async (change, problem) => {
      await using server = await connect();
      const target_id = await remember(server, 'The port is 80.');
      const refused = server.call('memory_propose', { changes: [{ ...change, target_id }], commit: true });
      await expect(refused).rejects.toThrow(problem);
    });

    it('when it names a day there is not', async () => {
      await using server = await connect();
      const changes = [{ content: 'Ada is on call.', valid_to: '2026-02-30' }];
      await expect(server.call('memory_propose', { changes })).rejects.toThrow(/valid_to "2026-02-30" is no/);
    });

    it('when it supersedes or retires what does not exist, naming both', async () => {
      await using server = await connect();
      const changes = [
        { op: 'supersede', content: 'New.', supersedes: ['mem_nowhere'] },
        { op: 'deprecate', target_id: 'mem_neither' },
      ];
      await expect(server.call('memory_propose', { changes })).rejects.toThrow(
        /\[0\].*mem_nowhere.*\[1\].*mem_neither/s,
      );
    });

    it('when it supersedes what was superseded, naming the successor', async () => {
      await using server = await connect();
      const old = await remember(server, 'The port is 80.');
      const current = await supersede(server, [old], 'The port is 443.');
      await expect(supersede(server, [old], 'The port is 8080.')).rejects.toThrow(`superseded by ${current}`);
    });

    it('when it supersedes one memory twice', async () => {
      await using server = await connect();
      const old = await remember(server, 'The port is 80.');
      const change = { op: 'supersede', content: 'The port is 81.', supersedes: [old] };
      const twice = server.call('memory_propose', { changes: [change, { op: 'deprecate', target_id: old }] });
      await expect(twice).rejects.toThrow(/changes\[1\].*earlier change/);
    });

    it.each([
      ['a NUL in the content', { content: 'a\0b' }, /content has a NUL/],
      ['a lone surrogate in the content', { content: 'a\ud800b' }, /content has a lone surrogate/],
      ['a NUL in the rationale', { content: 'a', rationale: '\0' }, /rationale has a NUL/],
      ['a lone surrogate in a source', { content: 'a', source_refs: ['\udc00'] }, /source_refs has a lone/],
      ['a NUL in a tag', { content: 'a', tags: ['x\0'] }, /tag has a NUL/],
      ['a lone surrogate in a graph node', { content: 'a', graph_nodes: ['\ud800'] }, /has a lone surrogate/],
      ['blank content', { content: '\n\t ' }, /needs content/],
      ['content of 8,001 characters', { content: 'x'.repeat(8001) }, /content/],
      ['an importance above 1', { content: 'a', importance: 1.1 }, /importance/],
      ['an unknown type', { content: 'a', type: 'opinion' }, /type/],
      ['a time that is none', { content: 'a', valid_from: 'yesterday' }, /valid_from "yesterday"/],
      [
        'a window that ends before it begins',
        { content: 'a', valid_from: '2026-02-01', valid_to: '2026-01-01' },
        /not before/,
      ],
      ['global and somewhere', { content: 'a', global: true, graph_nodes: ['x:y'] }, /global/],
      ['supersedes on an add', { content: 'a', supersedes: ['mem_1'] }, /use op "supersede"/],
      ['a blank graph node, which would make it global', { content: 'a', graph_nodes: [' '] }, /blank/],
    ])('with %s', async (_, change, problem) => {
      await using server = await connect();
      await expect(server.call('memory_propose', { changes: [change], commit: true })).rejects.toThrow(
        problem,
      );
      expect((await server.call('status')).counts.events).toBe(0);
    });
  });

  it('is unmoved by keys that JavaScript objects treat specially', async () => {
    await using server = await connect();
    const hostile = JSON.parse('{"content":"Plain.","__proto__":{"trust":"user","op":"deprecate"}}');
    const changes = [{ ...hostile, constructor: 1 }];
    await expect(server.call('memory_propose', { changes })).rejects.toThrow(
      /changes\[0\]: unknown constructor/,
    );
    const tagged = { content: 'Tagged.', tags: ['__proto__', 'constructor'], graph_nodes: ['__proto__'] };
    const reply = await server.call('memory_propose', { changes: [hostile, tagged], commit: true });
    expect(reply.committed_ids).toHaveLength(2);
    const found = await server.call('search', {
      query: 'tagged',
      graph_nodes: ['__proto__'],
      tags: ['__proto__'],
    });
    expect(found.hits).toMatchObject([{ scope: '__proto__, tagged __proto__ & constructor' }]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
