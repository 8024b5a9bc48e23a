import type { Medallion } from '../schema/medallion.js';
import type { Memory } from '../schema/memory.js';
import { describeWritten } from '../scope.js';
import type { OpenRun } from '../store/runs.js';
import { cutToTokens } from '../text/estimate.js';
import type { Piece } from './block.js';
import type { Status } from './read.js';

/** Tokens of one memory or run that a block shows; fetch shows all of it. */
const LINE = 100;

/** Tokens of the summary of the session that a medallion was last struck in. */
const LAST = 150;

export type Labelled = {
  readonly medallion: Medallion;
  readonly status: Status;
  /** What the checkpoint said of its session; its high level is the agent's to renew, and may be older. */
  readonly last?: string | undefined;
};

export function medallionPiece({ medallion, status, last }: Labelled): Piece {
  const { meta, scope } = medallion;
  const label = status === 'active' ? '' : `, ${status}`;
  const uri = `medallion://${meta.medallion_id}`;
  return {
    kind: 'medallions',
    uri,
    heading: '',
    lead: `\n## ${uri} v${meta.version}${label}, ${short(describeWritten(scope), 15)}, ${meta.updated_at.slice(0, 10)}\n`,
    body: medallionText(medallion, last),
    trust: meta.trust,
  };
}

export const runPiece = ({ id, status, seq, trust, objective, next_action }: OpenRun): Piece => ({
  kind: 'runs',
  uri: `run://${id}`,
  heading: '## Open runs',
  lead: `- run://${id} ${status}, seq ${seq}: `,
  body: `${short(objective, LINE / 2)}${next_action === '' ? '' : ` Next: ${short(next_action, LINE / 2)}`}`,
  trust,
});

export const memoryPiece = ({ id, type, content, trust }: Memory): Piece => ({
  kind: 'memories',
  uri: `memory://${id}`,
  heading: '## Memories',
  lead: `- ${type}, memory://${id}: `,
  body: short(content, LINE),
  trust,
});

/** What an agent needs first to go on stands first, so that a cut spares it. */
function medallionText(
  { summary, affordances, decisions, open_questions }: Medallion,
  last: string | undefined,
): string {
  return [
    summary.high_level,
    ...(last === undefined || says(summary.high_level, last) ? [] : [`Last session: ${short(last, LAST)}`]),
    ...list('Start with', affordances.recommended_entry_points),
    ...list(
      'Open questions',
      open_questions.map(
        ({ id, priority, question, blocked_on }) =>
          `${id} (${priority}) ${question}${blocked_on.length === 0 ? '' : ` Blocked on: ${blocked_on.join('; ')}`}`,
      ),
    ),
    ...list(
      'Decisions',
      decisions.map(
        ({ id, confidence, statement, rationale }) =>
          `${id} (${confidence}) ${statement}${rationale === '' ? '' : ` Because: ${rationale}`}`,
      ),
    ),
    ...list('Invariants', affordances.invariants),
    ...list('Do not repeat', affordances.avoid_repeating),
    ...list(
      'Subsystems',
      summary.subsystems.map(
        ({ name, status, notes }) => `${name}, ${status}${notes === '' ? '' : `: ${notes}`}`,
      ),
    ),
  ].join('\n');
}

/** Where none was given, a high level is how the first session's summary begins. */
const says = (highLevel: string, last: string): boolean =>
  oneLine(highLevel).startsWith(cutToTokens(oneLine(last), LAST));

const list = (title: string, items: readonly string[]): string[] =>
  items.length === 0 ? [] : [`${title}:`, ...items.map(item => `- ${oneLine(item)}`)];

/** Stored line breaks must not look like the block's own lines. */
const oneLine = (text: string): string => text.replace(/\s*[\n\r]\s*/g, ' ').trim();

export function short(text: string, tokens: number): string {
  const line = oneLine(text);
  const cut = cutToTokens(line, tokens);
  return cut.length < line.length ? `${cut}…` : line;
}
