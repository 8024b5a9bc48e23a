/** What was read and thought of before a transaction no longer stands in it: nothing is written, and it is done again. */
export class Moved extends Error {}

/** Another window has to write in between each time for the last one to be needed. */
const TIMES = 3;

/**
 * For work that reads and thinks before its transaction, so that nobody waits for it, and throws `Moved` within when
 * others changed what it read. After some times in vain it is asked `within`: to think where nobody can come between.
 */
export async function foreseeing<T>(work: (within: boolean) => Promise<T>): Promise<T> {
  for (let time = 0; time < TIMES; time += 1)
    try {
      return await work(false);
    } catch (error) {
      if (!(error instanceof Moved)) throw error;
    }
  return work(true);
}
