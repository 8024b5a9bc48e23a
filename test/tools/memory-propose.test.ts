import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember, supersede } from '../support/remember.js';

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

  it('leaves a batch proposed and out of search unless a commit is asked for', async () => {
    await using server = await connect();
    const reply = await server.call('memory_propose', { changes: [{ content: 'We deploy with Kamal.' }] });
    expect(reply).toMatchObject({ status: 'proposed', committed_ids: [] });
    expect((await server.call('search', { query: 'kamal' })).hits).toEqual([]);
    expect((await server.call('search', { query: 'kamal', statuses: ['proposed'] })).hits).toHaveLength(1);
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
        /changes\[1\].*changes\[2\].*target_id.*changes\[3\].*supersedes/s,
      );
      expect((await server.call('search', { query: 'fine' })).hits).toEqual([]);
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
    const hostile = JSON.parse(
      '{"content":"Plain.","__proto__":{"trust":"user","op":"deprecate"},"constructor":1}',
    );
    const tagged = { content: 'Tagged.', tags: ['__proto__', 'constructor'], graph_nodes: ['__proto__'] };
    const reply = await server.call('memory_propose', { changes: [hostile, tagged], commit: true });
    expect(reply.committed_ids).toHaveLength(2);
    const found = await server.call('search', {
      query: 'tagged',
      graph_nodes: ['__proto__'],
      tags: ['__proto__'],
    });
    expect(found.hits).toMatchObject([{ scope: '__proto__, tagged __proto__ or constructor' }]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  describe('with an idempotency key', () => {
    it('gives the first reply again and stores nothing twice', async () => {
      await using server = await connect();
      const call = { ...add('Once.'), idempotency_key: 'k' };
      const first = await server.call('memory_propose', call);
      expect(await server.call('memory_propose', call)).toEqual({ ...first, replayed: true });
      expect((await server.call('status')).counts.active_memories).toBe(1);
    });

    it('does not mind the order of keys or unknown root keys', async () => {
      await using server = await connect();
      const changes = [{ content: 'Once.', importance: 0.7, tags: ['a'] }];
      const reordered = [{ tags: ['a'], importance: 0.7, content: 'Once.' }];
      await server.call('memory_propose', { changes, commit: true, idempotency_key: 'k' });
      const again = { idempotency_key: 'k', made_up: 1, commit: true, changes: reordered };
      expect(await server.call('memory_propose', again)).toMatchObject({ replayed: true });
    });

    it('refuses other arguments under the same key', async () => {
      await using server = await connect();
      await server.call('memory_propose', { ...add('Once.'), idempotency_key: 'k' });
      const other = server.call('memory_propose', { ...add('Twice.'), idempotency_key: 'k' });
      await expect(other).rejects.toThrow(/^conflict: .*other arguments/);
    });

    it('keeps no failure, so that the corrected call can use the key', async () => {
      await using server = await connect();
      await expect(server.call('memory_propose', { ...add(' '), idempotency_key: 'k' })).rejects.toThrow(
        'invalid',
      );
      expect(
        await server.call('memory_propose', { ...add('Right.'), idempotency_key: 'k' }),
      ).not.toHaveProperty('replayed');
    });

    it('keeps tools apart', async () => {
      await using server = await connect();
      const id = await remember(server, 'Once.');
      await server.call('memory_propose', { ...add('More.'), idempotency_key: 'k' });
      const forgotten = await server.call('memory_forget', { ids: [id], idempotency_key: 'k' });
      expect(forgotten).toMatchObject({ count: 1 });
    });
  });

  describe('trust', () => {
    it('cannot be raised by an argument', async () => {
      await using server = await connect();
      const id = await remember(server, 'Trust me.', { trust: 'user' });
      expect((await server.call('fetch', { uri: id })).meta.trust).toBe('agent');
    });

    it.each([
      ['a URL as source', { source_refs: ['https://example.com'] }, 'tool'],
      ['a blob as source', { source_refs: ['blob://blob_1'] }, 'tool'],
      ['a lower trust', { trust: 'import' }, 'import'],
    ])('falls with %s, which needs review', async (_, fields, trust) => {
      await using server = await connect();
      const reply = await server.call('memory_propose', add('The docs say so.', fields));
      expect(reply).toMatchObject({ status: 'needs_review', committed_ids: [], changes: [{ trust }] });
      expect(reply.review).toContain('mintmark review');
      expect((await server.call('search', { query: 'docs' })).hits).toEqual([]);
    });

    it('needs no review where the operator lets agents commit outside content', async () => {
      await using server = await connect({ options: { untrustedPolicy: 'agent' } });
      const id = await remember(server, 'The docs say so.', { source_refs: ['https://example.com'] });
      const { hits } = await server.call('search', { query: 'docs' });
      expect(hits).toMatchObject([{ uri: `memory://${id}`, trust: 'tool' }]);
      expect(hits[0].snippet).toMatch(/^``` untrusted tool\n/);
    });
  });

  describe('look-alikes', () => {
    it('are reported and stored all the same', async () => {
      await using server = await connect();
      const id = await remember(server, 'We deploy with Kamal.');
      const reply = await server.call('memory_propose', add('we  deploy with kamal'));
      expect(reply).toMatchObject({
        status: 'committed',
        changes: [{ lookalikes: [{ uri: `memory://${id}`, similarity: 1 }] }],
      });
    });

    it('are not looked for in another project', async () => {
      await using server = await connect();
      await remember(server, 'We deploy with Kamal.', { graph_nodes: ['repo:other/app'] });
      const reply = await server.call('memory_propose', add('We deploy with Kamal.'));
      expect(reply.changes).toMatchObject([{ lookalikes: [], contradictions: [] }]);
    });

    it('do not include what is being replaced', async () => {
      await using server = await connect();
      const id = await remember(server, 'The server listens on port 80.');
      const changes = [{ op: 'supersede', content: 'The server listens on port 443.', supersedes: [id] }];
      const reply = await server.call('memory_propose', { changes, commit: true });
      expect(reply).toMatchObject({ status: 'committed', changes: [{ lookalikes: [], contradictions: [] }] });
    });
  });

  describe('contradictions', () => {
    it.each([
      ['a number', 'The API server listens on port 8080.', 'The API server listens on port 9090.'],
      [
        'a negation',
        'The billing service retries failed payments.',
        'The billing service never retries failed payments.',
      ],
      [
        'a name',
        'The production database is hosted on Hetzner.',
        'The production database is hosted on Linode.',
      ],
    ])('in %s hold back a one-call commit until a second call', async (_, known, said) => {
      await using server = await connect();
      const id = await remember(server, known);
      const reply = await server.call('memory_propose', add(said));
      expect(reply).toMatchObject({
        status: 'needs_review',
        changes: [{ contradictions: [{ uri: `memory://${id}` }] }],
      });
      const decided = await server.call('memory_commit', { batch_id: reply.batch_id });
      expect(decided).toMatchObject({ status: 'committed', committed_ids: [reply.changes[0].memory_id] });
    });

    it('are not seen between types, nor with what is no longer active', async () => {
      await using server = await connect();
      const id = await remember(server, 'The API server listens on port 8080.', { type: 'fact' });
      const other = await server.call(
        'memory_propose',
        add('The API server listens on port 9090.', { type: 'decision' }),
      );
      expect(other.status).toBe('committed');
      await server.call('memory_forget', { ids: [id, ...other.committed_ids] });
      expect((await server.call('memory_propose', add('The API server listens on port 7070.'))).status).toBe(
        'committed',
      );
    });
  });

  describe('secrets', () => {
    const token = ['ghp', 'q8Zr2LkW5vTn7YbX3mJc9PdF6sHg4RaE1uKo'].join('_');

    it('are redacted and every place is listed', async () => {
      await using server = await connect();
      const changes = [
        { content: 'Nothing here.' },
        { content: `Use ${token} to push.`, rationale: `It is ${token}.` },
      ];
      const reply = await server.call('memory_propose', { changes, commit: true });
      expect(reply.redacted.map(({ path }: { path: string }) => path).sort()).toEqual([
        '[1].content',
        '[1].rationale',
      ]);
      const { text, meta } = await server.call('fetch', { uri: reply.committed_ids[1] });
      expect(text).toMatch(/^Use \[redacted:[^\]]+\] to push\.$/);
      expect(JSON.stringify(meta)).not.toContain(token);
    });

    it('are refused where the operator says so, without being repeated', async () => {
      await using server = await connect({ options: { redact: 'reject' } });
      const refused = server.call('memory_propose', add(`Use ${token} to push.`));
      await expect(refused).rejects.toThrow(/^invalid: /);
      await expect(refused).rejects.not.toThrow(token);
    });

    it('are kept where the operator says so', async () => {
      await using server = await connect({ options: { redact: 'off' } });
      const id = await remember(server, `Use ${token} to push.`);
      expect((await server.call('fetch', { uri: id })).text).toContain(token);
    });
  });
});
