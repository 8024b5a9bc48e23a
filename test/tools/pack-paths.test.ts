import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { temporaryFolder } from '../support/mintmark.js';
import { packsOf, serverIn, workedRun } from '../support/packs.js';
import { openRun } from '../support/runs.js';
import { tamper } from '../support/stored.js';

describe('the path of pack_export', () => {
  it('is in the data directory unless one is given', async () => {
    using folder = temporaryFolder();
    await using server = await serverIn(folder.file('a.db'), 'a');
    const { path } = await server.call('pack_export', { run_id: await openRun(server) });
    expect(path).toContain(`${packsOf(folder.file('a.db'))}/run_`);
  });

  it('may name a file or a folder below an allowed one', async () => {
    using folder = temporaryFolder();
    mkdirSync(folder.file('out/deep'), { recursive: true });
    const options = { allowPath: [folder.file('out')] };
    await using server = await serverIn(folder.file('a.db'), 'a', { options });
    const run_id = await openRun(server);
    const named = await server.call('pack_export', { run_id, path: folder.file('out/deep/mine.zip') });
    expect(named.path).toBe(folder.file('out/deep/mine.zip'));
    const placed = await server.call('pack_export', { run_id, path: folder.file('out') });
    expect(placed.path).toMatch(/out\/run_\w+-[0-9a-f]{16}\.zip$/);
    expect(readdirSync(folder.file('out/deep'))).toEqual(['mine.zip']);
  });

  it('never replaces a file that is another one', async () => {
    using folder = temporaryFolder();
    const options = { allowPath: [folder.file('.')] };
    await using server = await serverIn(folder.file('a.db'), 'a', { options });
    const run_id = await openRun(server);
    writeFileSync(folder.file('mine.zip'), 'precious');
    const call = server.call('pack_export', { run_id, path: folder.file('mine.zip') });
    await expect(call).rejects.toThrow('conflict');
    expect(readFileSync(folder.file('mine.zip'), 'utf8')).toBe('precious');
    expect(readdirSync(folder.file('.')).filter(name => name.includes('partial'))).toEqual([]);
  });

  it.each([
    ['elsewhere', (outside: string) => `${outside}/a.zip`],
    ['a way out of the packs', () => '../../a.zip'],
    ['a way out of an allowed folder', (_: string, allowed: string) => `${allowed}/../a.zip`],
    ['a link that leads out', (_: string, allowed: string) => `${allowed}/link/a.zip`],
    ['a sibling with a longer name', (_: string, allowed: string) => `${allowed}-not/a.zip`],
  ])('is forbidden when it is %s', async (_name, pathOf) => {
    using folder = temporaryFolder();
    using outside = temporaryFolder();
    const allowed = folder.file('allowed');
    mkdirSync(allowed);
    mkdirSync(`${allowed}-not`);
    symlinkSync(outside.file('.'), `${allowed}/link`);
    await using server = await serverIn(folder.file('a.db'), 'a', { options: { allowPath: [allowed] } });
    const run_id = await openRun(server);
    await server.call('pack_export', { run_id });
    const call = server.call('pack_export', { run_id, path: pathOf(outside.file('.'), allowed) });
    await expect(call).rejects.toThrow('forbidden');
    expect(readdirSync(outside.file('.'))).toEqual([]);
    expect(existsSync(folder.file('a.zip'))).toBe(false);
  });

  it('needs a folder that exists', async () => {
    using folder = temporaryFolder();
    await using server = await serverIn(folder.file('a.db'), 'a', {
      options: { allowPath: [folder.file('.')] },
    });
    const call = server.call('pack_export', { run_id: await openRun(server), path: folder.file('no/a.zip') });
    await expect(call).rejects.toThrow('not_found');
  });

  it('is honoured for a database in memory', async () => {
    using folder = temporaryFolder();
    await using server = await connect({ options: { allowPath: [folder.file('.')] } });
    const run_id = await openRun(server);
    const { path } = await server.call('pack_export', { run_id, path: folder.file('a.zip') });
    expect((await server.call('pack_import', { path })).imported.runs).toBe(1);
  });

  it('is refused where paths are of another machine', async () => {
    using folder = temporaryFolder();
    await using server = await serverIn(folder.file('a.db'), 'a', {
      options: { allowPath: [folder.file('.')] },
    });
    const run_id = await openRun(server);
    const call = server.engine.call({ paths: 'refused' });
    const given = server.engine.packs.export({ run_id, path: folder.file('a.zip') }, call);
    await expect(given).rejects.toThrow('A path is not accepted');
    expect((await server.engine.packs.export({ run_id }, call)).uri).toMatch(/^blob:/);
    await expect(server.engine.packs.import({ path: 'a.zip' }, call)).rejects.toThrow(
      'A path is not accepted',
    );
  });
});

describe('the path of pack_import', () => {
  it.each([
    ['a file elsewhere', 'forbidden', (outside: string) => `${outside}/a.zip`],
    ['a link among the packs that leads out', 'forbidden', () => 'link.zip'],
    ['a folder', 'invalid', () => '.'],
    ['nothing', 'not_found', () => 'none.zip'],
    ['blank', 'invalid', () => ''],
    ['a name with a NUL', 'invalid', () => 'a\0.zip'],
  ])('is refused when it is %s', async (_name, code, pathOf) => {
    using folder = temporaryFolder();
    using outside = temporaryFolder();
    await using server = await serverIn(folder.file('a.db'), 'a');
    const { path } = await server.call('pack_export', { run_id: await openRun(server) });
    writeFileSync(outside.file('a.zip'), readFileSync(path));
    symlinkSync(outside.file('a.zip'), `${packsOf(folder.file('a.db'))}/link.zip`);
    const call = server.call('pack_import', { path: pathOf(outside.file('.')) });
    await expect(call).rejects.toThrow(new RegExp(`^${code}: `));
  });

  it('cannot name the database', async () => {
    using folder = temporaryFolder();
    await using server = await serverIn(folder.file('a.db'), 'a', {
      options: { allowPath: [folder.file('.')] },
    });
    await openRun(server);
    await expect(server.call('pack_import', { path: folder.file('a.db') })).rejects.toThrow('the database');
    await expect(server.call('pack_import', { path: folder.file('a.db-wal') })).rejects.toThrow(
      'the database',
    );
  });
});

describe('pack_export', () => {
  it.each([
    ['nothing to export', {}, 'Nothing says what'],
    ['two things to export', { run_id: 'run_x', graph_nodes: ['a:b'] }, 'Both'],
    ['a run nobody knows', { run_id: 'run_nobody' }, 'not_found'],
    ['runs of a run', { run_id: 'run_x', include: ['runs'] }, 'belongs to a pack of a scope'],
    ['memories without bodies', { run_id: 'run_x', include: ['memories'], redact: true }, 'one of the two'],
    ['a part nobody knows', { run_id: 'run_x', include: ['secrets'] }, 'include holds "secrets"'],
  ])('refuses %s', async (_name, input, says) => {
    using folder = temporaryFolder();
    await using server = await serverIn(folder.file('a.db'), 'a');
    await expect(server.call('pack_export', input)).rejects.toThrow(says);
    expect(existsSync(packsOf(folder.file('a.db')))).toBe(false);
  });

  it('refuses more than a pack may hold', async () => {
    using folder = temporaryFolder();
    await using server = await serverIn(folder.file('a.db'), 'a', { options: { packMaxBytes: 1000 } });
    await expect(server.call('pack_export', { run_id: await openRun(server) })).rejects.toThrow('too_large');
  });

  it('gives a repeated key the same reply and writes no second file', async () => {
    using folder = temporaryFolder();
    await using server = await serverIn(folder.file('a.db'), 'a');
    const run_id = await workedRun(server);
    const input = { run_id, idempotency_key: 'once' };
    const first = await server.call('pack_export', input);
    await server.call('run_record', { run_id, events: [{ type: 'NOTE', payload: { text: 'more' } }] });
    expect(await server.call('pack_export', input)).toEqual({ ...first, replayed: true });
    expect(readdirSync(packsOf(folder.file('a.db')))).toHaveLength(1);
    await expect(server.call('pack_export', { ...input, redact: true })).rejects.toThrow('conflict');
  });

  it('refuses to export what was altered', async () => {
    using folder = temporaryFolder();
    await using server = await serverIn(folder.file('a.db'), 'a');
    const run_id = await workedRun(server);
    await tamper(folder.file('a.db'), `update body set content = replace(content, 'half way', 'done')`);
    await expect(server.call('pack_export', { run_id })).rejects.toThrow('damaged');
  });
});
