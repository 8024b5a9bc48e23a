import { demandNone, EngineError } from '../errors.js';
import { Checkpoint, type Evidence } from '../schema/medallion.js';
import { misfits } from '../schema/misfit.js';
import type { Home, Scope } from '../schema/scope.js';
import { describeWritten, scopeToWrite } from '../scope.js';
import { problemsIn } from '../text/well-formed.js';

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
    ...statedIn(input).flatMap(([place, text]) => (text?.trim() === '' ? `${place} is blank` : [])),
    ...Object.entries(input).flatMap(([name, value]) => problemsIn(value, name, { deepest: DEEPEST })),
  ];
  demandNone(problems.slice(0, 20), {
    refused: 'No version was made',
    hint: 'Correct what is named and call checkpoint again.',
  });
}

/** What would stand as an empty line in every load, by its place. */
function statedIn(input: Checkpoint): (readonly [place: string, text: string | undefined])[] {
  const { decisions = [], open_questions = [], subsystems = [] } = input;
  const lists = (['recommended_entry_points', 'avoid_repeating', 'invariants'] as const).flatMap(name =>
    (input[name] ?? []).map((line, at) => [`${name}[${at}]`, line] as const),
  );
  return [
    ['session_summary', input.session_summary],
    ['high_level', input.high_level],
    ...subsystems.map(({ name }, at) => [`subsystems[${at}].name`, name] as const),
    ...decisions.map(({ statement }, at) => [`decisions[${at}].statement`, statement] as const),
    ...open_questions.map(({ question }, at) => [`open_questions[${at}].question`, question] as const),
    ...lists,
  ];
}

/** Throws `invalid` where the mark of a secret made a text too long: a pack with it could not be imported. */
export function demandFitting(redacted: Checkpoint): void {
  const { error } = Checkpoint.safeParse(redacted);
  demandNone(error ? misfits(error) : [], {
    refused: 'No version was made, as with secrets redacted it does not fit',
    hint: 'Shorten what is named and call checkpoint again.',
  });
}

/** As deep as redaction goes. */
const DEEPEST = 500;

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
