import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { homeScope } from '../../src/config/home.js';
import { folderNode, freshRoot, repository } from '../support/repository.js';

freshRoot();

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
