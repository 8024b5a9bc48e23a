import type { SummaryRequest } from '../schema/summary-request.js';
import type { Summary } from './frontier.js';

export const HEADINGS = [
  'Goal',
  'Key instructions & constraints',
  'Discoveries',
  'Completed',
  'In progress',
  'Remaining',
  'Files',
  'Other',
];

/** A tenth of what is covered, but not less than the summary that stands there now nor more than 4,000. */
export const requestOf = ({ id, tokens, covered_tokens }: Summary): SummaryRequest => ({
  request_id: id,
  uri: `summary://${id}`,
  headings: HEADINGS,
  target_tokens: Math.min(
    covered_tokens - 1,
    Math.max(tokens, Math.min(4000, Math.floor(covered_tokens / 10))),
  ),
});
