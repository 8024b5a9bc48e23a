import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { databasePath } from '../support/remember.js';

const summary = { session_summary: 'Done.' };

describe('checkpoint with expected_version', () => {
  it('goes through while nobody was faster', async () => {
    await using server = await connect();
    await server.call('checkpoint', { ...summary, expected_version: 0 });
    expect(await server.call('checkpoint', { ...summary, expected_version: 1 })).toMatchObject({
      version: 2,
    });
  });

  it('says what another window changed since, and changes nothing', async () => {
    const db = databasePath();
    await using server = await connect({ db });
    await using other = await connect({ db, sources: server.sources });
    await server.call('checkpoint', { ...summary, decisions: [{ statement: 'Ship on Friday.' }] });
    await other.call('checkpoint', {
      ...summary,
      high_level: 'Moved.',
      decisions: [{ id: 'D-001', statement: 'Ship on Monday.' }, { statement: 'Freeze.' }],
    });
    const late = server.call('checkpoint', { ...summary, expected_version: 1, invariants: ['Lost?'] });
    await expect(late).rejects.toThrow(
      /^conflict: expected_version is 1, but med_\d+ is at version 2\. Since then: summary: updated high_level; decisions: added D-002, updated D-001\./,
    );
    expect((await server.call('load_by_scope')).text).not.toContain('Lost?');
    expect(await server.call('checkpoint', { ...summary, expected_version: 2 })).toMatchObject({
      version: 3,
    });
  });

  it.each([0, 7])('refuses %i where version 1 is the newest', async expected_version => {
    await using server = await connect();
    await server.call('checkpoint', summary);
    await expect(server.call('checkpoint', { ...summary, expected_version })).rejects.toThrow(
      /^conflict: .*at version 1\. Nothing was changed/,
    );
  });

  it('loses nothing when two windows checkpoint without it', async () => {
    const db = databasePath();
    await using server = await connect({ db });
    await using other = await connect({ db, sources: server.sources });
    const decide = (window: typeof server, n: number) =>
      window.call('checkpoint', { ...summary, decisions: [{ statement: `Decision ${n}.` }] });
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, n) => decide(n % 2 === 0 ? server : other, n)),
    );
    expect(replies.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, n) => n + 1),
    );
    const [content] = (await server.client.readResource({ uri: replies[0].uri })).contents;
    const { decisions } = JSON.parse(content && 'text' in content ? content.text : '');
    expect(new Set(decisions.map(({ id }: { id: string }) => id)).size).toBe(20);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });
});

describe('checkpoint with supersedes', () => {
  const at = (...graph_nodes: string[]) => ({ ...summary, graph_nodes });

  it('hides what its scope contains, until that is checkpointed again', async () => {
    await using server = await connect();
    const old = await server.call('checkpoint', at('repo:acme/app'));
    const wide = await server.call('checkpoint', {
      ...at('repo:acme/app', 'module:billing'),
      supersedes: [old.uri],
    });
    expect(wide.superseded).toEqual([old.medallion_id]);
    const uris = async () =>
      (await server.call('load_by_scope')).medallions.map(({ uri }: { uri: string }) => uri);
    expect(await uris()).toEqual([wide.uri]);
    const [content] = (await server.client.readResource({ uri: old.uri })).contents;
    expect(JSON.parse(content && 'text' in content ? content.text : '').meta).toMatchObject({
      status: 'superseded',
      superseded_by: wide.medallion_id,
    });
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
    expect(await server.call('checkpoint', at('repo:acme/app'))).toMatchObject({
      version: 2,
      created: false,
    });
    expect(await uris()).toEqual([old.uri, wide.uri]);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('is harmless when repeated, also for a version in the URI', async () => {
    await using server = await connect();
    const old = await server.call('checkpoint', at('a:1'));
    const again = { ...at('a:1', 'b:2'), supersedes: [`${old.uri}/v/1`, old.medallion_id] };
    expect((await server.call('checkpoint', again)).superseded).toEqual([old.medallion_id]);
    expect((await server.call('checkpoint', again)).superseded).toBeUndefined();
  });

  it.each([
    ['a wider set of nodes', ['a:1', 'b:2', 'c:3'], /^invalid: a:1 & b:2 does not contain/],
    ['another scope', ['c:3'], /does not contain/],
    ['an overlapping one', ['b:2', 'c:3'], /does not contain/],
    ['itself', ['a:1', 'b:2'], /does not contain/],
  ])('refuses %s', async (_, nodes, message) => {
    await using server = await connect();
    const other = await server.call('checkpoint', at(...nodes));
    const wrong = server.call('checkpoint', { ...at('a:1', 'b:2'), supersedes: [other.uri] });
    await expect(wrong).rejects.toThrow(message);
    expect((await server.call('load_by_scope', { all: true })).medallions).toMatchObject([{ version: 1 }]);
  });

  it('refuses an unknown one', async () => {
    await using server = await connect();
    await expect(server.call('checkpoint', { ...summary, supersedes: ['med_nowhere'] })).rejects.toThrow(
      /^not_found: There is no medallion med_nowhere/,
    );
    expect((await server.call('load_by_scope')).medallions).toEqual([]);
  });
});
