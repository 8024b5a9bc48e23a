import pg from 'pg';
import { vi } from 'vitest';

/** Where a connection's transaction is: how many ways there and back what has been answered by now took. */
type Course = { taken: number; open: boolean };

/**
 * Counts for how many ways to PostgreSQL and back this process waits, one after the other: a statement that was sent before
 * another was answered is on the same way. What is only sent after a reply counts too, if somebody counts that late.
 */
export function countRoundTrips() {
  const prototype: { query(...given: unknown[]): unknown } = Object(pg.Client.prototype);
  const { query } = prototype;
  const courses = new WeakMap<pg.Client, Course>();
  let trips = 0;
  const spy = vi.spyOn(prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...given: unknown[]
  ) {
    const [asked] = given;
    const text = typeof asked === 'string' ? asked : String(Object(asked).text);
    const course = courses.get(this) ?? { taken: 0, open: false };
    courses.set(this, course);
    const answer = query.apply(this, given);
    // Waking others is nobody's wait.
    if (text.includes('pg_notify')) return answer;
    if (!course.open || text.startsWith('begin')) course.taken = 0;
    course.open = text.startsWith('begin') || (course.open && !/^(commit|rollback)$/.test(text));
    const before = course.taken;
    const answered = () => {
      if (course.taken > before) return;
      course.taken = before + 1;
      trips += 1;
    };
    if (answer instanceof Promise) answer.then(answered, () => {});
    return answer;
  });
  return {
    /** Those of the work, once it is done. */
    async of(work: () => Promise<unknown>): Promise<number> {
      const before = trips;
      await work();
      return trips - before;
    },
    [Symbol.dispose]: () => spy.mockRestore(),
  };
}
