import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Decision = { readonly file: string; readonly statement: string };

/** Of the project or, where it is installed, of the package: two folders up from here, and from where it is bundled. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const FOLDER = 'docs/decisions';

/** What a newcomer might ask, and the decision that answers it. */
export const QUESTIONS = [
  {
    question: 'How do two windows write to one file without losing updates?',
    answer: join(FOLDER, '0003-async-store-boundary.md'),
  },
  {
    question: 'Why does a regular expression not block the server?',
    answer: join(FOLDER, '0008-regex-in-a-worker.md'),
  },
  {
    question: 'Can something be deleted although the history is hash-chained?',
    answer: join(FOLDER, '0004-ledger-and-erasable-bodies.md'),
  },
  {
    question: 'which better-sqlite3 runs on node 20',
    answer: join(FOLDER, '0001-node-and-sqlite-driver.md'),
  },
] as const;

/** The project's own decisions: the title and the first sentences of what was the matter and of what was decided. */
export function decisions(): Decision[] {
  return readdirSync(join(ROOT, FOLDER))
    .filter(name => name.endsWith('.md'))
    .sort()
    .map(name => {
      const file = join(FOLDER, name);
      const text = readFileSync(join(ROOT, file), 'utf8');
      const title = /^# (.+)$/m.exec(text)?.[1] ?? name;
      const sentences = ['Context', 'Decision'].map(section => firstSentence(text, section));
      return { file, statement: [`${title}.`, ...sentences].join(' ').slice(0, 1000) };
    });
}

/** The subjects of the last commits, newest first; none where there is no git or no history. */
export function commits(count: number): string[] {
  try {
    const log = execFileSync('git', ['log', `-${count}`, '--format=%s'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return log.split('\n').filter(line => line !== '');
  } catch {
    return [];
  }
}

/** Notes of ten words out of the decisions, never the same two: the words are real, the order is a fixed shuffle. */
export function scraps(): () => string {
  const text = decisions()
    .map(({ file }) => readFileSync(join(ROOT, file), 'utf8'))
    .join(' ');
  const words = [...new Set(text.match(/\b[a-z]{4,}\b/g))];
  let state = 1;
  const next = () => {
    // The minimal standard generator (Park and Miller, 1988).
    state = (state * 48_271) % 2_147_483_647;
    return words[state % words.length] ?? '';
  };
  return () => Array.from({ length: 10 }, next).join(' ');
}

function firstSentence(text: string, section: string): string {
  const body = text.split(`\n## ${section}\n\n`)[1]?.split('\n\n')[0] ?? '';
  const prose = body.replace(/\s+/g, ' ').replace(/^- /, '').trim();
  return /^.+?[.:](?= [A-Z-]|$)/.exec(prose)?.[0] ?? prose;
}
