import type { Medallion } from '../schema/medallion.js';
import type { Memory } from '../schema/memory.js';
import { describeWritten } from '../scope.js';
import type { OpenRun } from '../store/runs.js';
import { cutToTokens } from '../text/estimate.js';
import type { Piece } from './block.js';
import type { Status } from './read.js';

/** Tokens of one memory or run that a block shows; fetch shows all of it. */
const LINE = 100;

export type Labelled = { readonly medallion: Medallion; readonly status: Status };

export function medallionPiece({ medallion, status }: Labelled): Piece {
  const { meta, scope } = medallion;
  const label = status === 'active' ? '' : `, ${status}`;
  const uri = `medallion://${meta.medallion_id}`;
  return {
    kind: 'medallions',
    uri,
    heading: '',
    lead: `\n## ${uri} v${meta.version}${label}, ${short(describeWritten(scope), 15)}, ${meta.updated_at.slice(0, 10)}\n`,
    body: medallionText(medallion),
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
export function medallionText({ summary, affordances, decisions, open_questions }: Medallion): string {
  return [
    summary.high_level,
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

const list = (title: string, items: readonly string[]): string[] =>
  items.length === 0 ? [] : [`${title}:`, ...items.map(item => `- ${oneLine(item)}`)];

/** Stored line breaks must not look like the block's own lines. */
const oneLine = (text: string): string => text.replace(/\s*[\n\r]\s*/g, ' ').trim();

export function short(text: string, tokens: number): string {
  const line = oneLine(text);
  const cut = cutToTokens(line, tokens);
  return cut.length < line.length ? `${cut}…` : line;
}
