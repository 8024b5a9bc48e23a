import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Connection, connect } from '../support/connect.js';
import { temporaryFolder } from '../support/mintmark.js';

type Folder = ReturnType<typeof temporaryFolder>;

const serve = (folder: Folder, rest: Connection = {}) =>
  connect({ options: { allowPath: [folder.file('.')] }, ...rest });

describe('the path of blob_put', () => {
  it('names a file whose later change does not change the blob', async () => {
    using folder = temporaryFolder();
    await using server = await serve(folder);
    const path = folder.file('data.csv');
    writeFileSync(path, 'id,n\n1,2\n');
    const first = await server.call('blob_put', { path });
    expect(first).toMatchObject({ name: 'data.csv', kind: 'csv', bytes: 9 });
    writeFileSync(path, 'id,n\n1,3\n');
    const { text } = await server.call('fetch', { uri: first.uri });
    expect(text).toContain('1,2');
    const second = await server.call('blob_put', { path });
    expect(second.blob_id).not.toBe(first.blob_id);
    rmSync(path);
    expect(Buffer.from((await server.engine.blobs.read(first.uri)).bytes).toString()).toBe('id,n\n1,2\n');
  });

  it('keeps bytes that are no text, and shows their kind and size', async () => {
    using folder = temporaryFolder();
    await using server = await serve(folder);
    const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255, 254, ...Array(2000).keys()].map(n => n & 255));
    writeFileSync(folder.file('a.png'), bytes);
    const reply = await server.call('blob_put', { path: folder.file('a.png'), mime: 'image/png' });
    expect(reply).toMatchObject({ kind: 'binary', tokens: 0 });
    expect(reply.outline).toContain('binary (image/png), 2.0 KB: a.png');
    expect((await server.call('fetch', { uri: reply.uri })).text).toContain('binary (image/png)');
    expect(bytes.equals((await server.engine.blobs.read(reply.uri)).bytes)).toBe(true);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('keeps a byte order mark and line ends', async () => {
    using folder = temporaryFolder();
    await using server = await serve(folder);
    writeFileSync(folder.file('a.txt'), '\ufeffa\r\nb\r\n');
    const { uri } = await server.call('blob_put', { path: folder.file('a.txt') });
    expect((await server.engine.blobs.read(uri)).text).toBe('\ufeffa\r\nb\r\n');
  });

  it('gives a repeated key its reply when the file is gone', async () => {
    using folder = temporaryFolder();
    await using server = await serve(folder);
    writeFileSync(folder.file('a.txt'), 'a');
    const args = { path: folder.file('a.txt'), idempotency_key: 'k' };
    const first = await server.call('blob_put', args);
    rmSync(args.path);
    expect(await server.call('blob_put', args)).toEqual({ ...first, replayed: true });
  });

  it.each([
    ['a file elsewhere', 'forbidden', (outside: string) => `${outside}/a.txt`],
    ['nothing elsewhere', 'forbidden', (outside: string) => `${outside}/none/none`],
    [
      'nothing behind a link that leads out',
      'forbidden',
      (_: string, allowed: string) => `${allowed}/out/none`,
    ],
    ['a link that leads out', 'forbidden', (_: string, allowed: string) => `${allowed}/link.txt`],
    ['a folder that leads out', 'forbidden', (_: string, allowed: string) => `${allowed}/out/a.txt`],
    ['a way out', 'forbidden', (_: string, allowed: string) => `${allowed}/../a.txt`],
    ['a sibling with a longer name', 'forbidden', (_: string, allowed: string) => `${allowed}-not/a.txt`],
    ['a folder', 'invalid', (_: string, allowed: string) => allowed],
    ['a pipe', 'invalid', (_: string, allowed: string) => `${allowed}/pipe`],
    ['an empty file', 'invalid', (_: string, allowed: string) => `${allowed}/empty`],
    ['a file that is too large', 'too_large', (_: string, allowed: string) => `${allowed}/large`],
    ['nothing', 'not_found', (_: string, allowed: string) => `${allowed}/none`],
    ['blank', 'invalid', () => ''],
    ['a name with a NUL', 'invalid', () => 'a\0'],
  ])('is refused when it is %s', async (_name, code, pathOf) => {
    using folder = temporaryFolder();
    using outside = temporaryFolder();
    const allowed = folder.file('allowed');
    for (const path of [allowed, `${allowed}-not`]) mkdirSync(path);
    for (const path of [outside.file('a.txt'), folder.file('a.txt'), `${allowed}-not/a.txt`])
      writeFileSync(path, 'secret');
    symlinkSync(outside.file('a.txt'), `${allowed}/link.txt`);
    symlinkSync(outside.file('.'), `${allowed}/out`);
    execFileSync('mkfifo', [`${allowed}/pipe`]);
    writeFileSync(`${allowed}/empty`, '');
    writeFileSync(`${allowed}/large`, 'a'.repeat(1001));
    await using server = await connect({ options: { allowPath: [allowed], blobMaxBytes: 1000 } });
    const call = server.call('blob_put', { path: pathOf(outside.file('.'), allowed) });
    await expect(call).rejects.toThrow(new RegExp(`^${code}: `));
    expect((await server.call('status')).counts).not.toHaveProperty('blobs');
  });

  it('is refused where nothing is allowed, and over a connection that takes no paths', async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.file('a.txt'), 'a');
    const path = folder.file('a.txt');
    await using closed = await connect();
    await expect(closed.call('blob_put', { path })).rejects.toThrow('--allow-path');
    await using open = await serve(folder);
    const remote = open.engine.call({ paths: 'refused' });
    await expect(open.engine.blobs.put({ path }, remote)).rejects.toThrow('A path is not accepted');
    expect((await open.engine.blobs.put({ content: 'a' }, remote)).bytes).toBe(1);
  });

  it('cannot name the database', async () => {
    using folder = temporaryFolder();
    await using server = await serve(folder, {
      db: folder.file('a.db'),
      options: { allowPath: [folder.file('.')] },
    });
    await server.call('blob_put', { content: 'a' });
    for (const name of ['a.db', 'a.db-wal'])
      await expect(server.call('blob_put', { path: folder.file(name) })).rejects.toThrow('the database');
  });
});
