import * as z from 'zod';
import type { ReadEvent } from '../store/run-events.js';

const MAX_CHARACTERS = 1200;
const LAST_EVENTS = 5;

export type Range = { readonly first: number; readonly last: number };

/** What happened, without a model: how many events of each type, by name, and the last five, within 1,200 characters. */
export function digest(
  counts: readonly { readonly type: string; readonly count: number }[],
  last: readonly ReadEvent[],
  { first, last: end }: Range,
): string {
  if (counts.length === 0) return 'No events since the episode before.';
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const byName = counts.map(({ type, count }) => `${type} ${count}`).join(', ');
  const lines = last.slice(-LAST_EVENTS).map(event => `${event.sequence} ${event.type} ${told(event)}`);
  // Each line gets its share, so that one long event does not push the others out.
  const head = `${total} events (${first} to ${end}): ${byName}. The last:`;
  const share = Math.floor((MAX_CHARACTERS - head.length) / LAST_EVENTS) - 1;
  return cut([head, ...lines.map(line => cut(line, Math.max(share, 1)))].join('\n'), MAX_CHARACTERS);
}

/** A run starts with its whole working set, which the episode holds as well: what it is for is enough. */
function told({ type, content }: ReadEvent): string {
  if (content === null || type !== 'RUN_START') return content ?? '(purged)';
  const started = Start.safeParse(JSON.parse(content));
  return started.success ? started.data.working_set.objective : content;
}

const Start = z.object({ working_set: z.object({ objective: z.string() }) });

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
