import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { homeScope, repositoryName } from '../../src/config/home.js';

let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'mintmark-home-')));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('the name of a repository', () => {
  it.each([
    ['https://github.com/ada/muse', 'ada/muse'],
    ['https://github.com/ada/muse.git', 'ada/muse'],
    ['https://github.com/Ada/Muse.GIT/', 'ada/muse'],
    ['https://github.com//ada//muse.git//', 'ada/muse'],
    ['https://ada:ghp_secret@github.com/ada/muse.git', 'ada/muse'],
    ['https://ada:p@ss@github.com/ada/muse.git', 'ada/muse'],
    ['https://x-token@github.com:8443/ada/muse', 'ada/muse'],
    ['https://host/ada/muse.git?private_token=secret#readme', 'ada/muse'],
    ['https://host/ada/my%20muse', 'ada/my muse'],
    ['https://host/ada/100%', 'ada/100%'],
    ['http://[::1]:3000/ada/muse', 'ada/muse'],
    ['git://host/ada/muse', 'ada/muse'],
    ['ssh://git@host:2222/ada/muse.git', 'ada/muse'],
    ['ssh://git@host/~/muse.git', 'muse'],
    ['git+ssh://git@host/ada/muse', 'ada/muse'],
    ['git@github.com:ada/muse.git', 'ada/muse'],
    ['github.com:ada/muse', 'ada/muse'],
    ['git@host:/ada/muse.git', 'ada/muse'],
    ['git@host:muse', 'muse'],
    ['git@[::1]:ada/muse', 'ada/muse'],
    ['[git@host:2222]:ada/muse', 'ada/muse'],
    ['git@git.sr.ht:~ada/muse', '~ada/muse'],
    ['git@gitlab.com:group/sub/muse.git', 'group/sub/muse'],
    ['https://gitlab.com/group/sub/deeper/muse.git', 'group/sub/deeper/muse'],
    ['file:///srv/git/ada/muse.git', 'ada/muse'],
    ['file:///C:/git/ada/muse.git', 'ada/muse'],
    ['/srv/git/ada/muse.git/', 'ada/muse'],
    ['/home/ada/muse/.git', 'ada/muse'],
    ['../muse.git', 'muse'],
    ['../../ada/muse', 'ada/muse'],
    ['C:\\git\\ada\\muse.git', 'ada/muse'],
    ['C:/git/ada/muse', 'ada/muse'],
    ['C:\\muse', 'muse'],
    ['\\\\server\\share\\ada\\muse', 'ada/muse'],
    ['muse', 'muse'],
    ['muse.git', 'muse'],
    ['  https://github.com/ada/muse  ', 'ada/muse'],
    ['https://github.com/ada/cafe\u0301', 'ada/caf\u00e9'],
    ['gcrypt::ssh://git@host/ada/muse', 'ada/muse'],
  ])('%s is %s', (url, name) => {
    expect(repositoryName(url)).toBe(name);
  });

  it.each([
    '',
    '   ',
    '.',
    '..',
    '/',
    '.git',
    'C:\\',
    'https://github.com',
    'https://github.com/',
    'https://ada:secret@github.com/',
    'https://github.com/.git',
    'https:///',
    'git@host:',
    'https://ada:sec/ret@github.com/ada/muse',
    'https:/ada:secret@github.com/ada/muse',
    `https://host/${'x'.repeat(1000)}`,
  ])('is none for %j', url => {
    expect(repositoryName(url)).toBeUndefined();
  });

  it.each([
    'https://ada:secret\u2028@host/ada/muse',
    '/x/ada:secret@host',
    'https://host/x?secret\u2028secret',
  ])('never holds a credential: %j', url => {
    expect(repositoryName(url) ?? '').not.toContain('secret');
  });

  it.each(['@', ':', '/', 'a:', '[', '%', 'https://'])('is none for a megabyte of %j', part => {
    expect(repositoryName(part.repeat(1024 * 1024))).toBeUndefined();
  });
});

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

describe('a git configuration', () => {
  it.each([
    ['[remote "origin"]\n\turl = git@host:ada/muse\n'],
    ['[remote "origin"] url = git@host:ada/muse'],
    ['\uFEFF[REMOTE "origin"]\r\n\tURL=git@host:ada/muse\r\n'],
    ['[remote.origin]\nurl = git@host:ada/muse'],
    ['# [remote "origin"] url = x \\\n[remote "origin"] ; note\nurl = "git@host:ada/muse" # mine'],
    ['[remote "origin"]\nurl = git@host:\\\nada/muse\n'],
    ['[remote "origin"]\nurl = git@host:"ada"/muse;x'],
    ['[remote "origin"]\nurl = git@host:ada/muse\nurl = git@host:other/second'],
    ['[remote "origin"]\nurl =\nurl = git@host:ada/muse'],
    [
      '[remote "other"]\nurl = x:y\n[core]\nbare\n[remote "origin"]\nfetch = +refs/*\nurl = git@host:ada/muse',
    ],
    ['nonsense ] "\n[broken "\n= 5\n[remote "origin"]\nurl = git@host:ada/muse'],
    ['[remote "origin"]\nurl = git@host:ada/muse\n[url "x:"]\ninsteadOf = git@host:'],
  ])('names its origin: %j', text => {
    const muse = repository('muse');
    writeFileSync(join(muse, '.git/config'), text);
    expect(homeScope({ cwd: muse }).nodes).toEqual(['repo:ada/muse']);
  });

  it.each([
    [''],
    ['[remote "Origin"]\nurl = git@host:ada/muse'],
    ['[remote "origin\\"x"]\nurl = git@host:ada/muse'],
    ['[remote]\nurl = git@host:ada/muse'],
    ['[remote "origin"]\n# url = git@host:ada/muse'],
    ['[remote "origin"]\nurl = # git@host:ada/muse'],
    ['[remote "origin"]\nurl\n'],
    ['[remote "origin"]\npushurl = git@host:ada/muse'],
    ['[remote "origin"]\n[branch "main"]\nurl = git@host:ada/muse'],
    ['[include]\npath = other\n'],
    ['\0\0\0'],
    [`[remote "origin"]\nurl = git@host:ada/muse\n#${'x'.repeat(1024 * 1024)}`],
    [`[remote "${'\\a'.repeat(400_000)}`],
    [`[x]\n${' '.repeat(1_000_000)}`],
  ])('without an origin leaves the folder form (%#)', text => {
    const muse = repository('muse');
    writeFileSync(join(muse, '.git/config'), text);
    writeFileSync(join(muse, '.git/other'), '[remote "origin"]\nurl = git@host:ada/muse');
    expect(homeScope({ cwd: muse }).nodes).toEqual([folderNode(muse)]);
  });
});

describe('a damaged repository', () => {
  it('goes by its folder when its configuration cannot be read', () => {
    const muse = repository('muse', { origin: 'git@host:ada/muse' });
    rmSync(join(muse, '.git/config'));
    mkdirSync(join(muse, '.git/config'));
    expect(homeScope({ cwd: muse }).nodes).toEqual([folderNode(muse)]);
  });

  it('is no repository when nothing of it can be read', () => {
    const muse = repository('muse', { origin: 'git@host:ada/muse' });
    expect(homeScope({ cwd: muse, readFile: () => undefined }).source).toBe('none');
  });

  it('is passed over when .git is an empty folder or not a link, as git does', () => {
    const outer = repository('outer');
    mkdirSync(join(outer, 'empty/.git'), { recursive: true });
    mkdirSync(join(outer, 'text'));
    writeFileSync(join(outer, 'text/.git'), 'hello');
    for (const inner of ['empty', 'text']) {
      expect(homeScope({ cwd: join(outer, inner) }).nodes).toEqual([folderNode(outer)]);
    }
  });

  it('goes by the work tree when its repository has moved out of reach, not by the one around it', () => {
    const outer = repository('outer');
    const muse = repository('muse');
    const inner = join(outer, 'feature');
    git(muse, 'worktree', 'add', '-q', inner);
    renameSync(muse, join(root, 'moved'));
    expect(homeScope({ cwd: inner }).nodes).toEqual([folderNode(inner)]);
  });

  it('comes to an end when links lead in a circle or nowhere', () => {
    mkdirSync(join(root, 'loop'));
    for (const link of ['gitdir: .git', 'gitdir: .', 'gitdir:', `gitdir: a${' '.repeat(500_000)}b`]) {
      writeFileSync(join(root, 'loop/.git'), link);
      expect(homeScope({ cwd: join(root, 'loop') }).nodes).toEqual([folderNode(join(root, 'loop'))]);
    }
  });
});

function repository(
  name: string,
  { origin, init = [] }: { origin?: string | undefined; init?: string[] } = {},
): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  git(folder, 'init', '-q', '-b', 'main', ...init);
  git(folder, 'commit', '-q', '--allow-empty', '-m', 'start');
  if (origin) git(folder, 'remote', 'add', 'origin', origin);
  return folder;
}

/** Runs git with nothing of this machine's configuration. */
function git(cwd: string, ...args: string[]): void {
  const who = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b',
  };
  const env = {
    PATH: process.env.PATH,
    HOME: root,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    ...who,
  };
  execFileSync('git', args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
}

function folderNode(folder: string): string {
  return `repo:${basename(folder)}-${createHash('sha256').update(folder).digest('hex').slice(0, 6)}`;
}
