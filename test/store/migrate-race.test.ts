import BetterSqlite3 from 'better-sqlite3';
import { expect, it } from 'vitest';
import { migrate } from '../../src/store/sqlite/migrate.js';
import { temporaryFolder } from '../support/mintmark.js';

it('takes a file that another process creates between two looks at it for ours', () => {
  using folder = temporaryFolder();
  const path = folder.file('race.db');
  const late = new BetterSqlite3(path, { timeout: 0 });
  late.pragma('journal_mode = wal');
  const pragma = late.pragma.bind(late);
  late.pragma = (source, options) => {
    const value = pragma(source, options);
    if (source === 'application_id' && value === 0) {
      const first = new BetterSqlite3(path, { timeout: 0 });
      late.pragma = pragma;
      migrate(first, path);
      first.close();
    }
    return value;
  };
  migrate(late, path);
  expect(late.pragma('user_version', { simple: true })).toBeGreaterThan(0);
  late.close();
});
