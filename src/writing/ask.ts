import { EngineError } from '../errors.js';
import { untilAborted } from '../models/until-aborted.js';
import type { Writer, Writing } from '../schema/writer.js';
import { backOff, type Refusal, type Spending, spend, type WriterParts } from './spend.js';

/** What a text came to: something useful, or what is wrong with it. */
export type Judged<T> = { readonly value: T } | { readonly problem: string };

export type Attempt<T> = {
  /** What to ask for, after the problem of the attempt before it. */
  asking(problem: string): Omit<Writing, 'signal'>;
  judge(text: string): Promise<Judged<T>>;
};

/** `subjects` are ids of what it is about: of each, one process at a time asks, and later the more often it came to nothing. */
export type Commission<T> = Spending & {
  readonly namespace: string;
  readonly attempts: readonly Attempt<T>[];
  readonly signal: AbortSignal | undefined;
};

export type Answer<T> =
  | { readonly is: 'written'; readonly value: T; readonly by: string }
  | { readonly is: 'refused'; readonly why: Refusal }
  | { readonly is: 'failed'; readonly why: string };

/**
 * Asks a model, outside any transaction, and again after an answer that is no use. Whoever was told `written` releases
 * the subjects in the transaction that keeps the text; a process that dies before leaves them to lapse.
 */
export async function ask<T>(
  parts: WriterParts,
  model: Writer,
  commission: Commission<T>,
): Promise<Answer<T>> {
  const { namespace, subjects, wanted, attempts, signal: given } = commission;
  const deadline = AbortSignal.timeout(parts.options.writerTimeoutMs);
  const signal = given ? AbortSignal.any([given, deadline]) : deadline;
  let problem = '';
  for (const [index, { asking, judge }] of attempts.entries()) {
    const refused = await spend(parts, namespace, index === 0 ? { subjects, wanted } : { subjects: [] });
    if (refused && index === 0) return { is: 'refused', why: refused };
    if (refused) break;
    const answer = await answered(model, { ...asking(problem), signal });
    const judged = 'text' in answer ? await judge(answer.text) : answer;
    if ('value' in judged) return { is: 'written', value: judged.value, by: model.name };
    problem = judged.problem;
    if ('final' in judged || signal.aborted) break;
  }
  await backOff(parts, namespace, subjects);
  return { is: 'failed', why: problem };
}

type Heard = { readonly text: string } | { readonly problem: string; readonly final?: true };

async function answered(model: Writer, writing: Writing): Promise<Heard> {
  const { signal } = writing;
  try {
    signal.throwIfAborted();
    return { text: await untilAborted(model.write(writing), signal) };
  } catch (error) {
    if (signal.aborted) return { problem: 'The model did not answer in time.', final: true };
    if (error instanceof EngineError && error.code === 'too_large') return { problem: error.message };
    const problem = error instanceof EngineError ? error.message : 'The model could not be asked.';
    return { problem, final: true };
  }
}
