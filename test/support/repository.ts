import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

export let root: string;

/** Makes `root` a fresh folder for each test of the file that calls it, removed afterwards. */
export function freshRoot(): void {
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'mintmark-home-')));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });
}

/** A repository with one commit, in a folder of `root`. */
export function repository(
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
export function git(cwd: string, ...args: string[]): void {
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

/** The home of a repository without a remote: its folder's name and a hash of its path. */
export function folderNode(folder: string): string {
  return `repo:${basename(folder)}-${createHash('sha256').update(folder).digest('hex').slice(0, 6)}`;
}
