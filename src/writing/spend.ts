import type { Options } from '../config/options.js';
import type { Sources } from '../sources.js';
import type { Reader, Store } from '../store/store.js';
import { addCall, callsSince, claimsOf, putClaim, type WriterClaim } from '../store/writer-calls.js';
import { HOUR, MINUTE } from '../text/time.js';

export type WriterParts = {
  readonly store: Store;
  readonly sources: Sources;
  readonly options: Pick<Options, 'writerCallsPerHour' | 'writerTimeoutMs'>;
};

/**
 * Why a model is not asked now: others did it meanwhile, one is being asked already, it came to nothing lately, or the
 * hour's calls are used up.
 */
export type Refusal = 'done' | 'busy' | 'failed_before' | 'too_often';

export type Spending = {
  readonly subjects: readonly string[];
  /** Whether there is still something to ask for: who looked before others had finished claims after them. */
  readonly wanted?: ((reader: Reader) => Promise<boolean>) | undefined;
};

/** What a commission takes beside the model's own time. */
const MARGIN = MINUTE;

/**
 * Counts one call and takes the subjects, all of them or none. The attempt counts as failed from now on, so that a
 * process that dies with the answer in hand does not ask again at once.
 */
export const spend = (
  { store, sources, options }: WriterParts,
  namespace: string,
  { subjects, wanted }: Spending,
): Promise<Refusal | undefined> =>
  store.write(namespace, async writer => {
    if (wanted && !(await wanted(writer))) return 'done';
    const now = sources.now();
    const claims = await claimsOf(writer, subjects);
    const waiting = claims.filter(({ until }) => until > now);
    if (waiting.length > 0) return waiting.some(({ at_work }) => at_work) ? 'busy' : 'failed_before';
    if ((await callsSince(writer, now - HOUR)) >= options.writerCallsPerHour) return 'too_often';
    await addCall(writer, { at: now, forget: now - HOUR });
    const until = now + options.writerTimeoutMs + MARGIN;
    for (const subject of subjects)
      await putClaim(writer, { subject, attempts: attemptsOf(claims, subject) + 1, until, at_work: 1 });
    return undefined;
  });

/** Puts the next attempt off: a minute after the first that came to nothing, twice as long after each, at most an hour. */
export const backOff = (
  { store, sources }: WriterParts,
  namespace: string,
  subjects: readonly string[],
): Promise<void> =>
  store.write(namespace, async writer => {
    const now = sources.now();
    for (const claim of await claimsOf(writer, subjects)) {
      const wait = Math.min(HOUR, MINUTE * 2 ** Math.min(10, claim.attempts - 1));
      await putClaim(writer, { ...claim, until: now + wait, at_work: 0 });
    }
  });

const attemptsOf = (claims: readonly WriterClaim[], subject: string): number =>
  claims.find(claim => claim.subject === subject)?.attempts ?? 0;
