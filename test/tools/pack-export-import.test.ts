import { readdirSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/mintmark.js';
import { apart, carry, filesOf, packsOf, serverIn, workedRun } from '../support/packs.js';
import { readJson } from '../support/runs.js';
import { validator } from '../support/schemas.js';

describe('a pack of a run', () => {
  it('lets another database go on where the run stopped', async () => {
    await using both = await apart();
    const { first, second, bring } = both;
    const run_id = await workedRun(first);
    const exported = await first.call('pack_export', { run_id });
    expect(exported.contents).toMatchObject({ runs: 1, episodes: 1, medallions: 1, memories: 0, omitted: 1 });

    const reply = await bring(exported.path);
    expect(reply.imported).toMatchObject({ runs: 1, episodes: 1, medallions: 1, kept: 0 });
    expect(reply.run_id).not.toBe(run_id);

    const before = (await first.call('run_open', { run_id })).working_set;
    const opened = await second.call('run_open', { run_id: reply.run_id });
    expect(opened.working_set).toEqual({ ...before, run_id: reply.run_id });
    const patch = {
      run_id: reply.run_id,
      expected_seq: opened.seq,
      set: { next_action: 'write the writer' },
    };
    expect((await second.call('working_set_patch', patch)).seq).toBe(opened.seq + 1);
    await expect(second.call('working_set_patch', { ...patch, expected_seq: 0 })).rejects.toThrow(
      /Changed since 0: next_action, and what was patched before the run was imported\./,
    );
    expect((await second.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('starts a stream whose first event carries the imported head', async () => {
    using here = temporaryFolder();
    await using server = await serverIn(here.file('a.db'), 'a');
    const run_id = await workedRun(server);
    const { path } = await server.call('pack_export', { run_id });
    const manifest = JSON.parse(filesOf(path).get('manifest.json') ?? '');
    const { run_id: copy, import_id } = await server.call('pack_import', { path });
    const [event] = (await readJson(server, `run://${copy}/ledger`)).events;
    expect(event).toMatchObject({
      sequence: 1,
      type: 'RESUMED',
      payload: {
        imported: { import_id, run_id, stream: `run:${run_id}`, ...manifest.heads[`run:${run_id}`] },
      },
    });
  });

  it('carries what it was imported from on, file for file', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    using last = temporaryFolder();
    await using first = await serverIn(here.file('a.db'), 'a');
    const include = ['memories', 'evidence'];
    const one = await first.call('pack_export', { run_id: await workedRun(first), include });
    await using second = await serverIn(there.file('b.db'), 'b');
    const imported = await second.call('pack_import', { path: carry(one.path, there.file('b.db')) });
    const two = await second.call('pack_export', { run_id: imported.run_id, include });
    await using third = await serverIn(last.file('c.db'), 'c');
    const again = await third.call('pack_import', { path: carry(two.path, last.file('c.db')) });
    const three = await third.call('pack_export', { run_id: again.run_id, include });

    for (const [name, text] of filesOf(one.path))
      expect(within(two.path, 'origins/').get(name), name).toEqual([text]);
    const carried = within(three.path, 'origins/');
    for (const [name, text] of filesOf(two.path))
      if (!name.startsWith('origins/')) expect(carried.get(name), name).toContain(text);
    expect(again.imported.origins).toBe(1);
    expect((await third.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('is the same bytes for the same content, and another file for other content', async () => {
    using here = temporaryFolder();
    await using server = await serverIn(here.file('a.db'), 'a');
    const run_id = await workedRun(server);
    const first = await server.call('pack_export', { run_id });
    expect(await server.call('pack_export', { run_id })).toEqual(first);
    const before = filesOf(first.path);
    await server.call('run_record', { run_id, events: [{ type: 'NOTE', payload: { text: 'later' } }] });
    const second = await server.call('pack_export', { run_id });
    expect(second.path).not.toBe(first.path);
    expect(filesOf(first.path)).toEqual(before);
    expect(readdirSync(dirname(first.path))).toHaveLength(2);
    expect(statSync(first.path).mode & 0o777).toBe(0o600);
  });

  it('holds only files that fit the schemas it names', async () => {
    using here = temporaryFolder();
    await using server = await serverIn(here.file('a.db'), 'a');
    const run_id = await workedRun(server);
    const { path } = await server.call('pack_export', { run_id, include: ['memories', 'evidence'] });
    const files = filesOf(path);
    const manifest = JSON.parse(files.get('manifest.json') ?? '');
    expect(validator('pack-manifest')(manifest)).toBeUndefined();
    expect(new Set(manifest.files.map((file: { schema: string }) => file.schema)).size).toBe(5);
    for (const { name, schema } of manifest.files) {
      const text = files.get(name) ?? '';
      const values = name.endsWith('.jsonl') ? text.trimEnd().split('\n') : [text];
      for (const value of values) expect(validator(schema)(JSON.parse(value)), name).toBeUndefined();
    }
  });

  it('maps every id in it to one that is known here', async () => {
    await using both = await apart();
    const { first, second, bring } = both;
    const { path } = await first.call('pack_export', {
      run_id: await workedRun(first),
      include: ['memories'],
    });
    await bring(path);
    const ids = new Set(
      [...filesOf(path).values()].flatMap(text => text.match(/[a-z]{3}_a[0-9a-f]{31}/g) ?? []),
    );
    expect(ids.size).toBeGreaterThan(3);
    for (const id of ids) expect(await second.engine.packs.resolve(id), id).toMatch(/^[a-z]{3}_b/);
  });

  it('without its history keeps hashes and the working set', async () => {
    await using both = await apart();
    const { first, second, bring } = both;
    const { path, contents } = await first.call('pack_export', {
      run_id: await workedRun(first),
      redact: true,
    });
    expect(contents.omitted).toBeGreaterThan(contents.events);
    const files = filesOf(path);
    const history = [...files].filter(([name]) => name !== 'working_set.json').map(([, text]) => text);
    expect(history.join()).not.toMatch(/half way|Use zip|reader written|"salt":"/);
    const reply = await bring(path);
    expect(reply.imported).toMatchObject({ runs: 1, medallions: 0 });
    expect((await second.call('run_open', { run_id: reply.run_id })).working_set.next_action).toBe(
      'write the reader',
    );
    expect((await second.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('imported twice changes nothing the second time', async () => {
    using here = temporaryFolder();
    await using server = await serverIn(here.file('a.db'), 'a');
    const { path } = await server.call('pack_export', { run_id: await workedRun(server) });
    const { run_id, import_id } = await server.call('pack_import', { path });
    const { events } = (await server.call('status')).counts;
    expect(await server.call('pack_import', { path })).toMatchObject({
      already_imported: true,
      run_id,
      import_id,
    });
    expect((await server.call('status')).counts.events).toBe(events);
  });
});

describe('an id of elsewhere', () => {
  it('leads to what it became here, or to what came along', async () => {
    await using both = await apart();
    const { first, second, bring } = both;
    const run_id = await workedRun(first);
    const { path } = await first.call('pack_export', { run_id, include: ['memories'] });
    const reply = await bring(path);
    const names = [...filesOf(path).keys()].join(' ');
    const [episode = '', medallion = ''] = names.match(/(?:epi|med)_[0-9a-f]{32}/g) ?? [];
    const read = (uri: string) => second.call('fetch', { uri, max_tokens: 20_000 });

    expect((await read(`run://${run_id}`)).meta).toMatchObject({ id: reply.run_id, imported_as: run_id });
    expect((await read(medallion)).meta).toMatchObject({
      id: reply.medallion_ids[0],
      imported_as: medallion,
    });
    expect((await read(episode)).text).toContain('reader written');
    expect(await read(`run://${run_id}/ledger`)).toMatchObject({ meta: { id: run_id, first: 1 } });
    expect((await read(`run://${run_id}/ledger`)).text).toContain('half way');
    const local = await second.engine.packs.resolve(episode);
    expect((await read(`episode://${local}`)).text).toContain('reader written');
  });

  it('leads to what came along though a later pack only mentions it', async () => {
    await using both = await apart();
    const { first, second, bring } = both;
    const run_id = await workedRun(first);
    const { run_id: fork } = await first.call('run_open', { from: `run://${run_id}` });
    const reply = await bring((await first.call('pack_export', { run_id })).path);
    await bring((await first.call('pack_export', { run_id: fork })).path);
    const { meta } = await second.call('fetch', { uri: `run://${run_id}` });
    expect(meta).toMatchObject({ id: reply.run_id, imported_as: run_id });
  });

  it('leads through two packs to the run that goes on', async () => {
    await using both = await apart();
    const { first, second, bring } = both;
    using last = temporaryFolder();
    const run_id = await workedRun(first);
    const between = await bring((await first.call('pack_export', { run_id })).path);
    const { path } = await second.call('pack_export', { run_id: between.run_id });
    await using third = await serverIn(last.file('c.db'), 'c');
    const there = await third.call('pack_import', { path: carry(path, last.file('c.db')) });
    for (const id of [run_id, between.run_id])
      expect((await third.call('fetch', { uri: `run://${id}` })).meta.id).toBe(there.run_id);
    expect((await third.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('is what a run is forked from, and opened again by', async () => {
    await using both = await apart();
    const { first, second, bring } = both;
    const run_id = await workedRun(first);
    const { path } = await first.call('pack_export', { run_id });
    const names = [...filesOf(path).keys()].join(' ');
    const [episode = '', medallion = ''] = names.match(/(?:epi|med)_[0-9a-f]{32}/g) ?? [];
    const reply = await bring(path);
    const local = await second.engine.packs.resolve(episode);
    const forks = [
      [`run://${run_id}`, `run://${reply.run_id}`],
      [medallion, `medallion://${reply.medallion_ids[0]}/v/1`],
      [`episode://${episode}`, `episode://${episode}`],
      [`episode://${local}`, `episode://${episode}`],
    ] as const;
    for (const [from, forked_from] of forks) {
      const open = { from, external_id: `fork of ${from.slice(-10)}` };
      const forked = await second.call('run_open', open);
      expect(forked).toMatchObject({ forked_from, scope: 'repo:acme/app' });
      expect(await second.call('run_open', open)).toMatchObject({ run_id: forked.run_id, resumed: true });
    }
    expect((await second.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('leads back to a milestone: the working set as it was sealed, without the secrets it had there', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    const secret = `ghp_${'aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5'}`;
    await using first = await serverIn(here.file('a.db'), 'a', { options: { redact: 'off' } });
    const { run_id } = await first.call('run_open', { objective: `Use ${secret}.` });
    const next_entry_point = 'Write the writer.';
    const { uri } = await first.call('episode_seal', { run_id, reason: 'begun', next_entry_point });
    await first.call('working_set_patch', { run_id, expected_seq: 0, set: { status: 'FAILED' } });
    const { path } = await first.call('pack_export', { run_id });
    await using second = await serverIn(there.file('b.db'), 'b');
    const reply = await second.call('pack_import', { path: carry(path, there.file('b.db')) });
    const forked = await second.call('run_open', { from: uri });
    expect(forked.redacted).toMatchObject([{ path: 'objective' }]);
    expect(forked.working_set).toMatchObject({ status: 'IDLE', next_action: next_entry_point });
    expect(forked.working_set.objective).toMatch(/^Use \[redacted:/);
    await second.call('memory_forget', { ids: [reply.run_id], purge: true });
    await expect(second.call('run_open', { from: uri })).rejects.toThrow(/^not_found: There is nothing/);
  });

  it('that no pack brought says so', async () => {
    await using both = await apart();
    const { first, second, bring } = both;
    const run_id = await workedRun(first);
    const absent = `mem_a${'7'.repeat(31)}`;
    await first.call('run_record', {
      run_id,
      events: [{ type: 'NOTE', payload: { text: `see ${absent}` } }],
    });
    const { path } = await first.call('pack_export', { run_id });
    await bring(path);
    await expect(second.call('fetch', { uri: absent })).rejects.toThrow('did not come along');
    await expect(second.call('fetch', { uri: `mem_${'8'.repeat(32)}` })).rejects.toThrow('There is no');
  });
});

describe('what a pack brings', () => {
  it('proposes its memories as imports that a person decides about', async () => {
    await using both = await apart();
    const { first, second, bring } = both;
    const { path } = await first.call('pack_export', {
      run_id: await workedRun(first),
      include: ['memories'],
    });
    const reply = await bring(path);
    expect(reply.imported.memories).toBe(1);
    expect((await second.call('search', { query: 'Fridays' })).hits).toEqual([]);
    const commit = second.call('memory_commit', { batch_id: reply.batch_ids[0] });
    await expect(commit).rejects.toThrow('person');
  });

  it('commits its memories at once where the operator trusts imports', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    await using first = await serverIn(here.file('a.db'), 'a');
    const { path } = await first.call('pack_export', {
      run_id: await workedRun(first),
      include: ['memories'],
    });
    const options = { untrustedPolicy: 'agent' } as const;
    await using second = await serverIn(there.file('b.db'), 'b', { options });
    await second.call('pack_import', { path: carry(path, there.file('b.db')) });
    const { hits } = await second.call('search', { query: 'Fridays' });
    expect(hits).toMatchObject([{ trust: 'import' }]);
  });

  it('adds no memory that is known here', async () => {
    using here = temporaryFolder();
    await using server = await serverIn(here.file('a.db'), 'a');
    const { path } = await server.call('pack_export', {
      run_id: await workedRun(server),
      include: ['memories'],
    });
    const reply = await server.call('pack_import', { path });
    expect(reply.imported.memories).toBe(0);
    expect(reply.batch_ids).toBeUndefined();
  });

  it('holds no secret in the working set that goes on', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    const secret = `ghp_${'aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5'}`;
    await using first = await serverIn(here.file('a.db'), 'a', { options: { redact: 'off' } });
    const { run_id } = await first.call('run_open', { objective: `Use ${secret}.` });
    const { path } = await first.call('pack_export', { run_id });
    await using second = await serverIn(there.file('b.db'), 'b');
    const reply = await second.call('pack_import', { path: carry(path, there.file('b.db')) });
    expect(reply.redacted).toHaveLength(1);
    expect((await second.call('run_open', { run_id: reply.run_id })).working_set.objective).not.toContain(
      secret,
    );
    await using strict = await serverIn(there.file('c.db'), 'c', { options: { redact: 'reject' } });
    await expect(strict.call('pack_import', { path: basename(path) })).rejects.toThrow(
      'Nothing was imported',
    );
  });

  it('is exported again by the id it has elsewhere', async () => {
    await using both = await apart();
    const { first, second, bring } = both;
    const run_id = await workedRun(first);
    const { path } = await first.call('pack_export', { run_id });
    const reply = await bring(path);
    const again = await second.call('pack_export', { run_id });
    expect(basename(again.path)).toContain(reply.run_id);
    expect(again.contents.origins).toBe(1);
  });

  it('leaves out what was purged, and says how much', async () => {
    await using both = await apart();
    const { first, second, bring } = both;
    const run_id = await workedRun(first);
    const before = await first.call('pack_export', { run_id, include: ['evidence'] });
    const [episode = ''] = [...filesOf(before.path).keys()].join(' ').match(/epi_[0-9a-f]{32}/) ?? [];
    await first.call('memory_forget', { ids: [episode], purge: true });
    const after = await first.call('pack_export', { run_id, include: ['evidence'] });
    expect([before.contents.omitted, after.contents.omitted]).toEqual([0, 1]);
    expect([...filesOf(after.path).values()].join()).not.toContain('reader written');
    await bring(after.path);
    expect((await second.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('leaves a medallion of the same scope as it is', async () => {
    await using both = await apart();
    const { first, second, bring } = both;
    const { path } = await first.call('pack_export', { run_id: await workedRun(first) });
    const own = await second.call('checkpoint', { session_summary: 'Ours.', high_level: 'Ours stays.' });
    const reply = await bring(path);
    expect(reply.imported).toMatchObject({ medallions: 0, kept: 1 });
    expect((await second.call('fetch', { uri: own.uri })).text).toContain('Ours stays.');
  });

  it('is trusted as an import', async () => {
    await using both = await apart();
    const { first, second, bring } = both;
    const { path } = await first.call('pack_export', { run_id: await workedRun(first) });
    const reply = await bring(path);
    const medallion = await second.call('fetch', { uri: reply.medallion_ids[0] });
    expect(medallion.meta.trust).toBe('import');
    expect(medallion.text).toContain('D-001');
  });
});

describe('a pack of a scope', () => {
  it('holds the medallions of the scope, and its runs when asked for', async () => {
    using here = temporaryFolder();
    using there = temporaryFolder();
    await using first = await serverIn(here.file('a.db'), 'a');
    const runs = [await workedRun(first), (await first.call('run_open', { objective: 'Another.' })).run_id];
    await first.call('checkpoint', { graph_nodes: ['project:other'], session_summary: 'Elsewhere.' });
    const graph_nodes = ['repo:acme/app'];
    expect((await first.call('pack_export', { graph_nodes })).contents).toMatchObject({
      runs: 0,
      medallions: 1,
    });
    const { path, contents } = await first.call('pack_export', { graph_nodes, include: ['runs'] });
    expect(contents).toMatchObject({ runs: 2, medallions: 1, episodes: 1 });
    expect([...filesOf(path).keys()].filter(name => name.startsWith('working_sets/'))).toEqual(
      runs.sort().map(id => `working_sets/${id}.json`),
    );
    await using second = await serverIn(there.file('b.db'), 'b');
    const reply = await second.call('pack_import', { path: carry(path, there.file('b.db')) });
    expect(reply.run_ids).toHaveLength(2);
    expect((await second.engine.verify({ deep: true })).findings).toEqual([]);
  });
});

/** The texts of the files below each folder of a folder, by the name they have there. */
function within(path: string, folder: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [full, text] of filesOf(path)) {
    const name = full.split('/').slice(2).join('/');
    if (full.startsWith(folder)) found.set(name, [...(found.get(name) ?? []), text]);
  }
  return found;
}

it('refuses a pack of a scope about which nothing is known, and says what else could be included', async () => {
  using here = temporaryFolder();
  await using server = await serverIn(here.file('a.db'), 'a');
  const changes = [{ content: 'Kamal deploys.', graph_nodes: ['repo:a/b'] }];
  await server.call('memory_propose', { changes, commit: true });
  await expect(server.call('pack_export', { graph_nodes: ['repo:a/b'] })).rejects.toThrow(
    /not_found: Nothing was exported: there is nothing about repo:a\/b .*\(medallions\).*include/s,
  );
  const { contents } = await server.call('pack_export', { graph_nodes: ['repo:a/b'], include: ['memories'] });
  expect(contents.memories).toBe(1);
  expect(readdirSync(packsOf(here.file('a.db')))).toHaveLength(1);
});
