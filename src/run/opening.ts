import { EngineError } from '../errors.js';
import type { SlidingItem, WorkingSet } from '../schema/working-set.js';
import type { ScopeInput } from '../scope.js';
import { keyOf } from '../store/named.js';
import { type Redaction, redact } from '../text/redact.js';
import { textProblem } from '../text/well-formed.js';
import type { Parts } from './parts.js';

export type Opening = ScopeInput & {
  readonly run_id?: string | undefined;
  readonly from?: string | undefined;
  readonly external_id?: string | undefined;
  readonly task_id?: string | undefined;
  readonly thread_id?: string | undefined;
  readonly objective?: string | undefined;
  readonly acceptance_criteria?: readonly string[] | undefined;
  readonly constraints?: readonly string[] | undefined;
};

export type Opened = {
  readonly run_id: string;
  readonly seq: number;
  readonly working_set: WorkingSet;
  readonly resumed?: true;
  /** URI of what it was forked from. */
  readonly forked_from?: string;
  /** How many entries of a list of what it was forked from had no room, by field. */
  readonly omitted?: Readonly<Record<string, number>>;
  /** Arguments that differ from what the resumed run holds by now. */
  readonly not_applied?: readonly string[];
  readonly evicted?: readonly SlidingItem[];
  readonly redacted?: readonly Redaction[];
  readonly scope: string;
};

/**
 * What was asked, with its secrets redacted. What names another thing (`run_id`, `from`) is not stored and stays as it is;
 * a key that looks like a secret is refused. Throws `invalid`.
 */
export async function checkOpening(
  parts: Pick<Parts, 'options'>,
  input: Opening,
): Promise<{ asked: Opening; redactions: readonly Redaction[] }> {
  checkText(input);
  demandOneWay(input);
  const { external_id, run_id, from, ...content } = input;
  const clean = await redact(content, parts.options.redact);
  const key = external_id === undefined ? undefined : await checkExternalId(parts, external_id);
  return { asked: { ...clean.value, run_id, from, external_id: key }, redactions: clean.redactions };
}

function checkText(input: Opening): void {
  const problems = Object.entries(input).flatMap(([name, value]) =>
    [value ?? []].flat().flatMap(text => {
      const problem = name === 'objective' && text.trim() === '' ? 'is blank' : textProblem(text);
      return problem ? [`${name} ${problem}`] : [];
    }),
  );
  if (problems.length > 0) throw refusal(`The run was not opened: ${problems.join('; ')}.`);
}

export const HINT =
  'Call run_open with an objective for a new run, with run_id or external_id to resume one, or with from to fork one.';

const MAX_EXTERNAL_ID = 200;

/** It is a key, so it is never altered: what looks like a secret is refused. */
async function checkExternalId({ options }: Pick<Parts, 'options'>, given: string): Promise<string> {
  const id = keyOf(given);
  if (id.length > MAX_EXTERNAL_ID)
    throw refusal(`external_id has ${id.length} characters; at most ${MAX_EXTERNAL_ID} are allowed.`);
  if (id === '' || id.startsWith('run_') || id.includes('://'))
    throw refusal(
      `external_id is ${JSON.stringify(given)}: it must not be blank, a URI, or begin with run_.`,
    );
  const { redactions } = await redact({ id }, options.redact);
  if (redactions.length > 0) throw refusal('external_id looks like a secret, and it is stored as it is.');
  return id;
}

function demandOneWay({ run_id, from, external_id, objective }: Opening): void {
  if (run_id !== undefined && from !== undefined)
    throw refusal('run_id resumes a run and from forks one: both were given.');
  if (run_id === undefined && from === undefined && external_id === undefined && objective === undefined)
    throw refusal('Nothing says which run to open.');
}

const refusal = (message: string): EngineError => new EngineError('invalid', message, HINT);
