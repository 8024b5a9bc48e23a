import { basename } from 'node:path';
import { EngineError } from '../../errors.js';
import { connect } from './driver.js';
import { sizeOf } from './filesystem.js';
import { APPLICATION_ID } from './migrate.js';

export type Beside = {
  readonly db: string;
  /** Where its other namespaces lie. */
  readonly folder: string;
  /** The database that would keep its own there too. */
  readonly twin: string;
};

/** Throws `cannot_open` where two databases share the folder of their namespaces: each would show what the other holds. */
export function demandAlone({ db, folder, twin }: Beside): void {
  if (!isOurs(twin)) return;
  throw new EngineError(
    'cannot_open',
    `${basename(db)} and ${basename(twin)} would both keep their namespaces in ${basename(folder)}.`,
    `Name ${basename(twin)} with --db if that is the database you mean, or move one of the two to another folder.`,
    { aside: ` (${folder})` },
  );
}

function isOurs(path: string): boolean {
  if (sizeOf(path) === 0) return false;
  try {
    const connection = connect(path);
    try {
      return connection.pragma('application_id', { simple: true }) === APPLICATION_ID;
    } finally {
      connection.close();
    }
  } catch {
    // A folder, or a file of another program.
    return false;
  }
}
