import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { homeScope } from '../../src/config/home.js';
import { folderNode, freshRoot, git, repository, root } from '../support/repository.js';

freshRoot();

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
