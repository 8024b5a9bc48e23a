import { codeOf, EngineError, type ErrorCode } from '../../errors.js';

const AGAIN = 'Nothing was written. Repeat the same call.';

/**
 * PostgreSQL's error codes, longest match first, as the caller should see them.
 * Source: postgresql.org/docs/17/errcodes-appendix.html.
 */
const MEANING: readonly [prefix: string, code: ErrorCode, sentence: string, hint: string][] = [
  ['55P03', 'busy', 'Other writers kept the namespace locked.', AGAIN],
  ['40', 'busy', 'Another transaction came in between.', AGAIN],
  [
    '57014',
    'busy',
    'The database took longer than it may.',
    `${AGAIN} If it goes on, raise --pg-statement-timeout-ms.`,
  ],
  [
    '53100',
    'disk_full',
    'The disk of the database server is full.',
    'Nothing was written and nothing is lost. Free some space, then repeat the same call.',
  ],
  [
    '53300',
    'busy',
    'The database server has no connection left.',
    `${AGAIN} If it goes on, lower --pg-connections or put a connection pooler in between.`,
  ],
  ['53', 'busy', 'The database server is out of resources.', AGAIN],
  [
    '25006',
    'read_only',
    'The database server is read-only: a standby, or set so.',
    'Name the primary server with --db.',
  ],
  ['28', 'cannot_open', 'The database server refused the user or password.', 'Correct the URL of --db.'],
  ['3D', 'cannot_open', 'There is no such database.', 'Create it, or correct the URL of --db.'],
  ['3F', 'cannot_open', 'There is no such schema.', 'Create it, or correct search_path in the URL of --db.'],
  [
    '42501',
    'cannot_open',
    'The database user may not do this.',
    'Grant it what docs/scale.md lists, or let the owner of the database run mintmark once.',
  ],
  ['57P', 'unavailable', 'The database server ended the connection.', AGAIN],
  ['25P03', 'busy', 'The transaction was idle for too long.', AGAIN],
  ['08', 'unavailable', 'The connection to the database server was lost.', AGAIN],
  [
    'XX001',
    'damaged',
    'The database is damaged.',
    'Look at the log of the database server; restore a backup.',
  ],
  ['XX002', 'damaged', 'An index is damaged.', 'Run REINDEX DATABASE, then `mintmark doctor --deep`.'],
  ['58', 'io_error', 'The database server could not read or write.', `${AGAIN} Look at its log.`],
];

/** What the operating system or the driver says when there is no server, or no longer. */
const UNREACHABLE =
  /^(?:ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_)|Connection terminated|connection timeout|timeout expired|not queryable|Client was closed/;

/** Translates what the driver throws; anything else stays what it is. `place` is shown, so it holds no password. */
export function storeError(error: unknown, place: string): unknown {
  if (!(error instanceof Error) || error instanceof EngineError) return error;
  const row = MEANING.find(([prefix]) => nameOf(error).startsWith(prefix));
  if (row) {
    const [, code, sentence, hint] = row;
    return new EngineError(code, sentence, hint, { aside: ` (${place}: ${error.message})`, cause: error });
  }
  if (/timeout exceeded when trying to connect/.test(error.message))
    return new EngineError(
      'busy',
      'All connections of this process are in use.',
      `${AGAIN} If it goes on, raise --pg-connections.`,
      { aside: ` (${place})`, cause: error },
    );
  if (!isLost(error)) return error;
  return new EngineError(
    'unavailable',
    'The database server cannot be reached.',
    `${AGAIN} If it goes on, look whether the server runs and the URL of --db is right.`,
    { aside: ` (${place}: ${error.message})`, cause: error },
  );
}

/** Whether the connection is gone, or the server with it. */
export const isLost = (error: unknown): boolean =>
  error instanceof Error &&
  (/^(?:08|57P)/.test(nameOf(error)) || UNREACHABLE.test(nameOf(error)) || UNREACHABLE.test(error.message));

/** Whether the same may go well a moment later. */
export const isPassing = (error: unknown): boolean =>
  isLost(error) || (error instanceof Error && /^(?:40|53300)/.test(nameOf(error)));

/** An AggregateError of several addresses has the code of the first. */
const nameOf = (error: Error): string => codeOf(error) ?? '';
