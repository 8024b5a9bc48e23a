import BetterSqlite3 from 'better-sqlite3';
import pg from 'pg';
import { vi } from 'vitest';
import { POSTGRES } from './engines.js';

/** Hears what this process asks its databases from now on, each statement with how many rows it gave, until it is disposed of. */
export function listenToStatements() {
  const statements: string[] = [];
  const spies = POSTGRES ? spyOnPostgres(statements) : spyOnSqlite(statements);
  return {
    statements,
    /** How many transactions were written. */
    commits: () =>
      statements.filter(
        one => one === 'commit' || (one.startsWith('undefined of begin;') && one.endsWith('commit')),
      ).length,
    [Symbol.dispose]: () => {
      for (const spy of spies) spy.mockRestore();
    },
  };
}

/** A transaction is one entry, since those of several connections go on at once. */
function spyOnPostgres(statements: string[]) {
  const prototype: { query(...given: unknown[]): unknown } = Object(pg.Client.prototype);
  const { query } = prototype;
  const open = new WeakMap<pg.Client, string[]>();
  return [
    vi.spyOn(prototype, 'query').mockImplementation(function (this: pg.Client, ...given: unknown[]) {
      const [asked] = given;
      const text = typeof asked === 'string' ? asked : String(Object(asked).text);
      if (text.startsWith('begin')) open.set(this, []);
      const transaction = open.get(this);
      const at = (transaction?.push(text) ?? 0) - 1;
      const answer = query.apply(this, given);
      if (text === 'commit' || text === 'rollback') {
        open.delete(this);
        if (transaction) statements.push(transaction.join('\n'));
      } else if (transaction && answer instanceof Promise)
        return answer.then(result => {
          transaction[at] = `${result.rowCount} of ${text}`;
          return result;
        });
      return answer;
    }),
  ];
}

function spyOnSqlite(statements: string[]) {
  const prototype = Object.getPrototypeOf(new BetterSqlite3(':memory:').prepare('select 1'));
  const { exec } = BetterSqlite3.prototype;
  const executing = vi.spyOn(BetterSqlite3.prototype, 'exec').mockImplementation(function (
    this: BetterSqlite3.Database,
    source,
  ) {
    statements.push(source);
    return exec.call(this, source);
  });
  const asking = (['get', 'all', 'run', 'iterate'] as const).map(method => {
    const original = prototype[method];
    return vi.spyOn(prototype, method).mockImplementation(function (
      this: BetterSqlite3.Statement,
      ...given: unknown[]
    ) {
      const result = original.apply(this, given);
      const rows = Array.isArray(result) ? result.length : method === 'get' && result === undefined ? 0 : 1;
      statements.push(`${rows} of ${this.source}`);
      return result;
    });
  });
  return [executing, ...asking];
}
