import type { Summary } from '../session/frontier.js';
import { shorten } from '../text/shorten.js';
import { oldestFirst } from './frontier.js';
import { costOf } from './level3.js';
import type { Measure } from './measure.js';

/** Tokens of an excerpt that still says something: its heading and a short line. */
const LEAST = 100;
/** Characters of a line that is the first to find no room. */
const LINE = 160;

type Condensed = { readonly nodes: readonly Summary[]; readonly active: readonly Summary[] };
type Space = { readonly room: number; readonly measure: Measure };

/**
 * The first lines of all that somebody wrote of messages which one digest is to stand for, oldest first: of each alike, as
 * many as fit, and of the newest alone where of each would be too little.
 */
export function excerptsOf(condensed: Condensed, { room, measure }: Space): string {
  const written = newestWritten(condensed, Math.max(1, Math.floor(room / LEAST)));
  const share = Math.floor(room / Math.max(1, written.length));
  let taken = '';
  for (const { id, text } of written) {
    const left = Math.min(share, room - (taken === '' ? 0 : costOf(taken, measure)));
    const lines = beginning(`From summary://${id}:`, text, { room: left, measure });
    if (lines === undefined) break;
    taken = taken === '' ? lines : `${lines}\n${taken}`;
  }
  return taken;
}

/**
 * Summaries that somebody wrote, newest first. A digest was made of messages: what was written of them lies in the
 * summaries that it was made from. After a thousand condensings they lie as deep, but who looks for few does not go there.
 */
function newestWritten({ nodes, active }: Condensed, most: number): Summary[] {
  const known = new Map(active.map(summary => [summary.id, summary]));
  const left = oldestFirst(nodes);
  const written: Summary[] = [];
  for (let node = left.pop(); node && written.length < most; node = left.pop()) {
    if (node.level !== 3) written.push(node);
    else left.push(...oldestFirst(node.parents.flatMap(id => known.get(id) ?? [])));
  }
  return written;
}

/** A heading and the lines that fit; the first that does not is cut. Undefined when none fits. */
function beginning(heading: string, text: string, { room, measure }: Space): string | undefined {
  const fits = (lines: readonly string[]) => costOf([...lines, ''].join('\n'), measure) <= room;
  const lines = [heading];
  for (const line of text.split('\n')) {
    const whole = fits([...lines, line]);
    const shown = whole ? line : shorten(line, LINE);
    if (!whole && !fits([...lines, shown])) break;
    lines.push(shown);
    if (!whole) break;
  }
  return lines.length > 1 ? lines.join('\n') : undefined;
}
