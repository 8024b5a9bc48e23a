import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import { type MemoryBody, MOST_CONTENT, type ProposedChange, TRUSTS, type Trust } from '../schema/memory.js';
import { scopeToWrite } from '../scope.js';
import { parseTime } from '../text/time.js';
import { textProblem } from '../text/well-formed.js';

/** What a change means, once its fields are known to fit its `op`. */
export type Draft =
  | { readonly op: 'add' | 'supersede'; readonly body: MemoryBody }
  | ({ readonly op: 'deprecate'; readonly targetId: string } & Reason)
  | ({ readonly op: 'noop' } & Reason);

/** Why a change that adds nothing is made, and how far that can be trusted. */
type Reason = {
  readonly rationale: string | null;
  readonly source_refs: readonly string[];
  readonly trust: Trust;
};

/** A change checked on its own: either its draft or everything that is wrong with it. */
export type Checked = { readonly draft: Draft } | { readonly problems: readonly string[] };

/** Pure: looks at nothing but the change and who proposes it. */
export function check(change: ProposedChange, call: Pick<Call, 'home' | 'trust'>): Checked {
  const problems = [...textProblems(change), ...fieldProblems(change)];
  if (problems.length > 0) return { problems };
  const { op = 'add', rationale = null, source_refs = [] } = change;
  const reason = { rationale, source_refs, trust: trustOf(change, call.trust) };
  if (op === 'noop') return { draft: { op, ...reason } };
  if (op === 'deprecate') return { draft: { op, targetId: bareId(change.target_id ?? ''), ...reason } };
  try {
    return { draft: { op, body: toBody(change, call) } };
  } catch (error) {
    if (error instanceof EngineError) return { problems: [error.message] };
    throw error;
  }
}

/** An argument can lower trust, never raise it; what cites a tool event, a blob or a URL came from outside. */
export function trustOf(
  { trust, source_refs = [] }: Pick<ProposedChange, 'trust' | 'source_refs'>,
  ceiling: Trust,
): Trust {
  const cited: Trust = source_refs.some(ref => OUTSIDE.test(ref)) ? 'tool' : 'user';
  return leastTrusted([trust ?? 'user', cited, ceiling]);
}

/** A URL, a blob or the events of a run, wherever in a reference it stands. */
const OUTSIDE =
  /(?:^|[^a-z])(?:(?:https?|ftp|blob):\S|(?:ftps|sftp|wss?|s3|gs):\/\/\S|www\.|blob_[0-9a-f]|run(?::\/\/|_)\S*\/ledger)/i;

export const leastTrusted = (trusts: readonly Trust[]): Trust =>
  TRUSTS.findLast(trust => trusts.includes(trust)) ?? 'user';

function toBody(change: ProposedChange, { home, trust }: Pick<Call, 'home' | 'trust'>): MemoryBody {
  const { graph_nodes, tags } = scopeToWrite(
    { ...change, globalByDefault: change.type === 'preference' },
    home,
  );
  return {
    type: change.type ?? 'fact',
    content: change.content ?? '',
    graph_nodes,
    tags,
    importance: change.importance ?? 0.5,
    confidence: change.confidence ?? 0.8,
    rationale: change.rationale ?? null,
    source_refs: change.source_refs ?? [],
    trust: trustOf(change, trust),
    supersedes: change.op === 'supersede' ? [...new Set(change.supersedes?.map(bareId))] : [],
    valid_from: timeOf(change.valid_from),
    valid_to: timeOf(change.valid_to),
  };
}

/** Search and look-alikes name memories by URI. */
export const bareId = (ref: string): string => ref.trim().replace(/^memory:\/\//, '');

const timeOf = (text: string | undefined): number | null =>
  text === undefined ? null : (parseTime(text) ?? null);

function textProblems({ content = '', rationale, source_refs = [] }: ProposedChange): string[] {
  const texts = [
    ['content', content],
    ['rationale', rationale],
    ...source_refs.map(ref => ['source_refs', ref] as const),
  ] as const;
  const length = content.length > MOST_CONTENT ? [...content].length : 0;
  return [
    ...texts.flatMap(([name, text]) => {
      const problem = text === undefined ? undefined : textProblem(text);
      return problem ? `${name} ${problem}` : [];
    }),
    ...(length > MOST_CONTENT
      ? [
          `content has ${length} characters, secrets redacted; ${MOST_CONTENT} is the limit, so split or shorten it`,
        ]
      : []),
  ];
}

function fieldProblems(change: ProposedChange): string[] {
  const { op = 'add' } = change;
  // As nearly all are: to put the rules together takes longer than all other checks.
  const isTimed = change.valid_from !== undefined || change.valid_to !== undefined;
  const names = Boolean(change.supersedes?.length) || change.target_id !== undefined;
  if (op === 'add' && change.content?.trim() && !names && !isTimed) return [];
  const adds = op === 'add' || op === 'supersede';
  const from = timeOf(change.valid_from);
  const to = timeOf(change.valid_to);
  const rules: readonly [broken: boolean, problem: string][] = [
    [adds && !change.content?.trim(), `${op} needs content, one statement of 1 to 8,000 characters`],
    [op === 'supersede' && !change.supersedes?.length, 'supersede needs supersedes, the ids it replaces'],
    [
      op === 'add' && Boolean(change.supersedes?.length),
      'add has supersedes; use op "supersede" to replace memories',
    ],
    [op === 'deprecate' && !change.target_id, 'deprecate needs target_id, the id to retire'],
    [
      adds && change.target_id !== undefined,
      `${op} has target_id, which deprecate alone takes; to replace a memory use op "supersede" with supersedes`,
    ],
    [
      op === 'deprecate' && Boolean(change.supersedes?.length),
      'deprecate has supersedes; it retires its target_id alone, so make one change of each id',
    ],
    [
      op === 'deprecate' && change.content !== undefined,
      'deprecate takes no content; give the reason as rationale',
    ],
    [
      change.valid_from !== undefined && from === null,
      `valid_from "${change.valid_from}" is no ISO 8601 time`,
    ],
    [change.valid_to !== undefined && to === null, `valid_to "${change.valid_to}" is no ISO 8601 time`],
    [from !== null && to !== null && from >= to, 'valid_from is not before valid_to'],
  ];
  return rules.flatMap(([broken, problem]) => (broken ? problem : []));
}
