import { EngineError } from '../errors.js';
import type { Checkpoint, Evidence } from '../schema/medallion.js';
import type { Home, Scope } from '../schema/scope.js';
import { describeWritten, scopeToWrite } from '../scope.js';
import { textProblem } from '../text/well-formed.js';

/** The exact scope a checkpoint is of: the home where no nodes are named. Throws `invalid` for an empty one. */
export function scopeOfCheckpoint({ graph_nodes, tags }: Checkpoint, home: Home): Scope {
  const scope = scopeToWrite({ graph_nodes, tags, globalByDefault: false }, home);
  if (scope.graph_nodes.length > 0 || scope.tags.length > 0) return scope;
  throw new EngineError(
    'invalid',
    'The scope is empty, and a medallion is the checkpoint of one exact scope.',
    'Name graph_nodes or tags, or leave graph_nodes out for the home scope.',
  );
}

/** Throws `invalid` with everything that cannot be stored as it is. */
export function demandStorable(input: Checkpoint): void {
  const problems = [
    ...(input.session_summary.trim() === '' ? ['session_summary is blank'] : []),
    ...(input.high_level?.trim() === '' ? ['high_level is blank'] : []),
    ...textProblems(input, '', 0),
  ];
  if (problems.length === 0) return;
  throw new EngineError(
    'invalid',
    `No version was made:\n${problems
      .slice(0, 20)
      .map(problem => `- ${problem}`)
      .join('\n')}`,
    'Correct what is named and call checkpoint again.',
  );
}

/** As deep as redaction goes. */
const MAX_DEPTH = 500;

function textProblems(value: unknown, path: string, depth: number): string[] {
  if (typeof value === 'string') return problemsOf(value, path);
  if (typeof value !== 'object' || value === null) return [];
  if (depth > MAX_DEPTH) return [`${path.slice(0, 100)}… is nested deeper than ${MAX_DEPTH} levels`];
  const within = (name: string) =>
    Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
  return Object.entries(value).flatMap(([name, item]: [string, unknown]) => [
    ...problemsOf(name, `a key of ${path || 'the call'}`),
    ...textProblems(item, within(name), depth + 1),
  ]);
}

const problemsOf = (text: string, path: string): string[] => {
  const problem = textProblem(text);
  return problem === undefined ? [] : [`${path} ${problem}`];
};

/** Kept whole. */
export const evidenceOf = ({ session_summary, transcripts = [], artefacts = {} }: Checkpoint): Evidence => ({
  session_summary,
  transcripts,
  artefacts,
});

/** The id behind a URI of a medallion or of one of its versions. */
export const medallionIdOf = (uri: string): string =>
  uri
    .trim()
    .replace(/^medallion:\/\//, '')
    .replace(/\/v\/\d{1,9}$/, '');

export const describeMedallion = ({ id, scope }: { readonly id: string; readonly scope: Scope }): string =>
  `${id} (${describeWritten(scope)})`;
