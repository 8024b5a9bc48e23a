import { describe, expect, it } from 'vitest';
import { repositoryName } from '../../src/config/home.js';

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
