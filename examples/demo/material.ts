import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Decision = { readonly file: string; readonly statement: string };

const FOLDER = 'docs/decisions';

/** The project's own decisions: the title and the first sentence of the decision itself. */
export function decisions(): Decision[] {
  return readdirSync(FOLDER)
    .filter(name => name.endsWith('.md'))
    .sort()
    .map(name => {
      const file = join(FOLDER, name);
      const text = readFileSync(file, 'utf8');
      const title = /^# (.+)$/m.exec(text)?.[1] ?? name;
      return { file, statement: `${title}. ${firstSentence(text)}`.slice(0, 1000) };
    });
}

/** The subjects of the last commits, newest first; none where there is no git or no history. */
export function commits(count: number): string[] {
  try {
    const log = execFileSync('git', ['log', `-${count}`, '--format=%s'], { encoding: 'utf8', stdio: 'pipe' });
    return log.split('\n').filter(line => line !== '');
  } catch {
    return [];
  }
}

/** Notes of ten words out of the decisions, never the same two: the words are real, the order is a fixed shuffle. */
export function scraps(): () => string {
  const text = decisions()
    .map(({ file }) => readFileSync(file, 'utf8'))
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

function firstSentence(text: string): string {
  const body = /^## Decision\n+([\s\S]+?)\n\n/m.exec(text)?.[1] ?? '';
  const prose = body.replace(/\s+/g, ' ').replace(/^- /, '').trim();
  return /^.+?[.:](?= [A-Z-]|$)/.exec(prose)?.[0] ?? prose;
}
