import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';

/**
 * The graph nodes a server works in when a call names none. `aliases` are older names of the same home, in which reads
 * look too. Without a home (`none`) both are empty.
 */
export type HomeScope = {
  readonly nodes: string[];
  readonly aliases: string[];
  readonly source: 'option' | 'remote' | 'folder' | 'none';
};

/** The text of a file, or undefined when it is missing, unreadable, not a file or over a megabyte. */
export type ReadFile = (path: string) => string | undefined;

/**
 * The configured scope, else inside a git work tree `repo:<owner/name of the origin remote>`, else
 * `repo:<folder>-<6 hex of the sha-256 of the real path of the main work tree>`. Only files are read, git is never run:
 * `gitrepository-layout(5)` and `git-config(1)` say where things are. `include` and `insteadOf` are not followed. Where
 * `cwd` is in no work tree, the first of `workspaces` counts that is.
 */
export function homeScope({
  cwd,
  scope,
  workspaces = [],
  readFile = readSmallFile,
}: {
  readonly cwd: string;
  readonly workspaces?: readonly string[];
  readonly scope?: readonly string[] | undefined;
  readonly readFile?: ReadFile;
}): HomeScope {
  if (scope !== undefined) {
    const nodes = [...new Set(scope.map(tidy))].filter(node => node !== '').sort();
    return { nodes, aliases: [], source: 'option' };
  }
  const shared = firstRepository([cwd, ...workspaces], readFile);
  if (shared === undefined) return { nodes: [], aliases: [], source: 'none' };
  const settings = gitSettings(readFile(join(shared, 'config')) ?? '');
  const folder = folderNode(mainWorkTree(shared, settings.get('core.worktree')));
  const remote = repositoryName(settings.get('remote.origin.url') ?? '');
  if (remote === undefined) return { nodes: [folder], aliases: [], source: 'folder' };
  return { nodes: [`repo:${remote}`], aliases: [folder], source: 'remote' };
}

function firstRepository(folders: readonly string[], readFile: ReadFile): string | undefined {
  for (const folder of folders) {
    const found = repositoryFolder(realpath(folder), readFile);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The folders of the open workspace, which Cursor names in `WORKSPACE_FOLDER_PATHS` for servers of its global
 * configuration: it starts those in the user's own folder, so that all projects would have one home.
 */
export function workspacesIn(env: Readonly<Record<string, string | undefined>>): string[] {
  const named = env.WORKSPACE_FOLDER_PATHS ?? '';
  return [named, ...named.split(',')].filter(path => isAbsolute(path));
}

/**
 * `owner/name` of a remote's URL in any form git accepts, lower case: without credentials, host, port, query or `.git`.
 * Groups are kept (`group/sub/name`); of a path on this machine the last two folders count. Undefined when nothing is left.
 */
export function repositoryName(url: string): string | undefined {
  if (url.length > longestUrl) return undefined;
  const address = tidy(url).replace(/^[a-z][a-z0-9]*::/i, '');
  const { path, local } = locate(address);
  const segments = path
    .split(local ? /[\\/]/ : '/')
    .map(segment => segment.trim())
    .filter(segment => segment !== '' && !/^(?:\.\.?|~|\.git|[a-z]:)$/i.test(segment));
  const kept = local ? segments.slice(-2) : segments;
  const name = kept
    .join('/')
    .replace(/\.git$/i, '')
    .toLowerCase();
  const holdsPassword = /:[^/]*@/.test(name);
  return name === '' || name.length > longestName || holdsPassword ? undefined : name;
}

/** With `repo:` and the hash, a node has at most 200 characters. */
const longestName = 180;
/** Nothing longer is a URL, and the patterns below take the square of its length. */
const longestUrl = 2000;
const largestFile = 1024 * 1024;

/** Splits the path off a URL, an scp-like address or a path of this machine. */
function locate(address: string): { path: string; local: boolean } {
  const url = /^([a-z][a-z0-9+.-]+):\/\/([^/]*)(.*)$/is.exec(address);
  if (url) {
    const [, scheme, host = '', rest = ''] = url;
    if (scheme?.toLowerCase() === 'file') return { path: decoded(rest), local: true };
    // A port that is no number is half of a password with a slash in it: nothing of such a URL may be kept.
    const broken = !/^(?:.*@)?(?:\[[^\]]*\]|[^:@]*)(?::\d*)?$/.test(host);
    return { path: broken ? '' : decoded(rest.split(/[?#]/)[0] ?? ''), local: false };
  }
  const drive = /^[a-z]:/i.test(address);
  const remote = drive ? null : /^(?:\[[^\]]*\]|(?:[^/\\]*@)?(?:\[[^\]]*\]|[^:/\\@]+)):(.*)$/s.exec(address);
  return remote ? { path: remote[1] ?? '', local: false } : { path: address, local: true };
}

function decoded(path: string): string {
  try {
    return tidy(decodeURIComponent(path));
  } catch {
    return path;
  }
}

/** The repository folder that all work trees of one repository share, or undefined outside of any work tree. */
function repositoryFolder(cwd: string, readFile: ReadFile): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const own = join(folder, '.git');
    const link = readFile(own);
    const pointer = link?.startsWith('gitdir:') ? link.slice('gitdir:'.length).trim() : undefined;
    const repository = pointer === undefined ? own : resolve(folder, pointer);
    if (readFile(join(repository, 'HEAD')) !== undefined) {
      const shared = readFile(join(repository, 'commondir'))?.trim();
      return realpath(shared ? resolve(repository, shared) : repository);
    }
    // A work tree whose repository is out of reach (a mounted folder, say) is still one: it goes by its own path.
    if (pointer !== undefined) return own;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The folder that holds `.git` (or `.bare`); a submodule names its own in `core.worktree`; a bare one is its own. */
function mainWorkTree(shared: string, named: string | undefined): string {
  if (named !== undefined) return realpath(resolve(shared, named));
  return basename(shared).startsWith('.') ? dirname(shared) : shared;
}

function folderNode(folder: string): string {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 6);
  const name = tidy(basename(folder).replace(/\.git$/, ''));
  return `repo:${[...name].slice(0, longestName / 2).join('') || 'root'}-${hash}`;
}

/** The first value of each key of a git configuration file, as `section.subsection.key`. Lines git would refuse are skipped. */
function gitSettings(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  const source = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const header = /[ \t]*\[[ \t]*([a-z0-9.-]+)(?:[ \t]+"((?:[^"\\\n]|\\.)*)")?[ \t]*\]/iy;
  const key = /[ \t]*([a-z][a-z0-9-]*)[ \t]*(?:=|(?=[\n#;]|$))/iy;
  let section = '';
  let at = 0;
  while (at < source.length) {
    header.lastIndex = at;
    const opened = header.exec(source);
    if (opened) {
      const [all, name = '', sub] = opened;
      section = name.toLowerCase() + (sub === undefined ? '' : `.${sub.replace(/\\(.)/g, '$1')}`);
      at += all.length;
    }
    key.lastIndex = at;
    const assigned = key.exec(source);
    const { value, end } = gitValue(source, at + (assigned?.[0].length ?? 0));
    const name = `${section}.${assigned?.[1]?.toLowerCase()}`;
    if (assigned && value !== '' && !settings.has(name)) settings.set(name, value);
    at = end;
  }
  return settings;
}

/** Reads one value up to the end of its line: quotes, escapes, continued lines and comments as in git-config(1). */
function gitValue(source: string, start: number): { value: string; end: number } {
  let value = '';
  let quoted = false;
  let at = start;
  for (; at < source.length && source[at] !== '\n'; at++) {
    const letter = source[at] ?? '';
    if (letter === '"') quoted = !quoted;
    else if (letter === '\\') {
      at += 1;
      value += escapes[source[at] ?? ''] ?? source[at] ?? '';
    } else if (!quoted && (letter === '#' || letter === ';')) {
      const newline = source.indexOf('\n', at);
      return { value: value.trim(), end: newline === -1 ? source.length : newline + 1 };
    } else value += letter;
  }
  return { value: value.trim(), end: at + 1 };
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b', '\n': '' };

function tidy(name: string): string {
  return name
    .normalize('NFC')
    .replace(/\p{Cc}/gu, '')
    .trim();
}

function realpath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return resolve(path);
  }
}

function readSmallFile(path: string): string | undefined {
  try {
    const about = statSync(path);
    return about.isFile() && about.size <= largestFile ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
