import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { homeScope, workspacesIn } from '../../src/config/home.js';
import { folderNode, freshRoot, git, repository, root } from '../support/repository.js';

freshRoot();

describe('the home scope', () => {
  it('is what was configured, tidied and sorted, before anything else', () => {
    const muse = repository('muse', { origin: 'git@host:ada/muse' });
    expect(homeScope({ cwd: muse, scope: ['user:ada', ' repo:b ', 'user:ada', 'cafe\u0301'] })).toEqual({
      nodes: ['caf\u00e9', 'repo:b', 'user:ada'],
      aliases: [],
      source: 'option',
    });
    expect(homeScope({ cwd: muse, scope: [] })).toEqual({ nodes: [], aliases: [], source: 'option' });
  });

  it('is the origin remote, with the folder form as an alias', () => {
    const muse = repository('muse', { origin: 'https://ada:token@github.com/Ada/Muse.git' });
    expect(homeScope({ cwd: muse })).toEqual({
      nodes: ['repo:ada/muse'],
      aliases: [folderNode(muse)],
      source: 'remote',
    });
  });

  it('is the folder and a hash of its path without a remote', () => {
    const muse = repository('Muse');
    expect(homeScope({ cwd: muse })).toEqual({ nodes: [folderNode(muse)], aliases: [], source: 'folder' });
    expect(homeScope({ cwd: repository('other/Muse') }).nodes).not.toEqual([folderNode(muse)]);
  });

  it('keeps the old folder home as an alias when a remote appears', () => {
    const muse = repository('muse');
    const before = homeScope({ cwd: muse });
    git(muse, 'remote', 'add', 'origin', 'git@host:ada/muse');
    expect(homeScope({ cwd: muse }).aliases).toEqual(before.nodes);
  });

  it.each([
    ['a path', (path: string) => path],
    ['a path with a comma', (path: string) => path],
    ['several paths', (path: string) => `/nowhere,${path}`],
  ])('is that of the workspace where a client starts servers elsewhere and names it as %s', (what, named) => {
    const muse = repository(what.endsWith('comma') ? 'muse, mine' : 'muse', { origin: 'git@host:ada/muse' });
    const workspaces = workspacesIn({ WORKSPACE_FOLDER_PATHS: named(muse) });
    expect(homeScope({ cwd: root, workspaces }).nodes).toEqual(['repo:ada/muse']);
    const here = repository('here', { origin: 'git@host:ada/here' });
    expect(homeScope({ cwd: here, workspaces }).nodes).toEqual(['repo:ada/here']);
    expect(homeScope({ cwd: root, workspaces, scope: ['x:y'] }).nodes).toEqual(['x:y']);
  });

  it.each([[''], ['.'], ['relative/path'], ['[]'], ['/nowhere'], [',,']])(
    'is none where the workspaces are %j and hold no work tree',
    named => {
      const workspaces = workspacesIn({ WORKSPACE_FOLDER_PATHS: named });
      expect(homeScope({ cwd: root, workspaces }).source).toBe('none');
    },
  );

  it('needs the remote to be called origin', () => {
    const muse = repository('muse');
    git(muse, 'remote', 'add', 'upstream', 'git@host:ada/muse');
    expect(homeScope({ cwd: muse }).source).toBe('folder');
  });

  it('is the same in every folder below, and through a symbolic link', () => {
    const muse = repository('muse');
    mkdirSync(join(muse, 'src/deep'), { recursive: true });
    symlinkSync(join(muse, 'src'), join(root, 'link'));
    for (const cwd of [join(muse, 'src/deep'), join(root, 'link'), join(root, 'link/deep')]) {
      expect(homeScope({ cwd })).toEqual(homeScope({ cwd: muse }));
    }
  });

  it.each([undefined, 'git@host:ada/muse'])('is the same in every work tree (origin %s)', origin => {
    const muse = repository('muse', { origin });
    git(muse, 'worktree', 'add', '-q', join(root, 'feature'));
    expect(homeScope({ cwd: join(root, 'feature') })).toEqual(homeScope({ cwd: muse }));
  });

  it('is the folder around the bare repository that work trees share', () => {
    const muse = repository('seed');
    git(root, 'clone', '-q', '--bare', muse, join(root, 'muse/.bare'));
    const bare = join(root, 'muse/.bare');
    git(bare, 'remote', 'remove', 'origin');
    git(bare, 'worktree', 'add', '-q', join(root, 'muse/one'));
    git(bare, 'worktree', 'add', '-q', join(root, 'elsewhere'));
    writeFileSync(join(root, 'muse/.git'), 'gitdir: ./.bare\n');
    for (const cwd of ['muse', 'muse/one', 'elsewhere']) {
      expect(homeScope({ cwd: join(root, cwd) }).nodes).toEqual([folderNode(join(root, 'muse'))]);
    }
  });

  it('is its own for a submodule, and for the work trees of a submodule', () => {
    const part = repository('part');
    const whole = repository('whole', { origin: 'git@host:ada/whole' });
    git(whole, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', part, 'lib/part');
    const inner = join(whole, 'lib/part');
    expect(homeScope({ cwd: inner }).nodes).toEqual([`repo:${basename(root).toLowerCase()}/part`]);
    git(inner, 'remote', 'remove', 'origin');
    expect(homeScope({ cwd: inner }).nodes).toEqual([folderNode(inner)]);
    git(inner, 'worktree', 'add', '-q', join(root, 'fix'));
    expect(homeScope({ cwd: join(root, 'fix') }).nodes).toEqual([folderNode(inner)]);
  });

  it('is the same in the work trees of a repository kept apart from its work tree', () => {
    const muse = repository('muse', { init: ['--separate-git-dir', join(root, 'store.git')] });
    git(muse, 'worktree', 'add', '-q', join(root, 'feature'));
    expect(homeScope({ cwd: muse }).nodes[0]).toMatch(/^repo:store-[0-9a-f]{6}$/);
    expect(homeScope({ cwd: join(root, 'feature') })).toEqual(homeScope({ cwd: muse }));
  });

  it('is none outside of git, at the root and in a folder that does not exist', () => {
    for (const cwd of [root, '/', join(root, 'missing/deeper')]) {
      expect(homeScope({ cwd })).toEqual({ nodes: [], aliases: [], source: 'none' });
    }
  });

  it('has a readable name whatever the folder is called', () => {
    const names = [`${'é'.repeat(120)}`, ' spaced ', 'cafe\u0301', 'new\nline', 'muse.git'];
    const nodes = names.map(name => homeScope({ cwd: repository(name) }).nodes[0] ?? '');
    expect(nodes.map(node => node.replace(/-[0-9a-f]{6}$/, ''))).toEqual([
      `repo:${'é'.repeat(90)}`,
      'repo:spaced',
      'repo:caf\u00e9',
      'repo:newline',
      'repo:muse',
    ]);
  });
});
