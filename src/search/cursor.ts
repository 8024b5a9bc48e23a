import { EngineError } from '../errors.js';
import { canonicalJson, sha256 } from '../text/hash.js';
import { jsonIn } from '../text/json.js';

/** Where a next page starts: `offset` hits or UTF-16 units into what begins after `after`, an event's sequence. Both times are those of the first page, so that later writes do not shift what follows. */
export type Position = {
  readonly offset: number;
  readonly asOf: number;
  readonly validAt: number;
  readonly after?: number;
};

/** Opaque text that names the position and the search it belongs to. */
export const writeCursor = ({ offset, asOf, validAt, after = 0 }: Position, search: unknown): string =>
  Buffer.from(JSON.stringify([offset, asOf, validAt, after, mark(search)])).toString('base64url');

/** Throws `invalid` for a cursor that is none of ours or belongs to another search. */
export function readCursor(cursor: string, search: unknown): Position {
  const [offset, asOf, validAt, after, belongsTo] = parse(cursor);
  if (belongsTo !== mark(search))
    throw new EngineError(
      'invalid',
      'The cursor belongs to another search.',
      'Repeat the earlier call unchanged except for the cursor, or leave the cursor out.',
    );
  return {
    offset: Number(offset),
    asOf: Number(asOf),
    validAt: Number(validAt),
    after: Number(after),
  };
}

const mark = (search: unknown): string => sha256(canonicalJson(search)).slice(0, 16);

function parse(cursor: string): unknown[] {
  const value = jsonIn(Buffer.from(cursor, 'base64url').toString());
  if (Array.isArray(value) && value.length === 5 && value.slice(0, 4).every(Number.isSafeInteger))
    return value;
  throw new EngineError(
    'invalid',
    'The cursor is not one that mintmark returned.',
    'Pass next_cursor exactly as it was returned, or leave the cursor out.',
  );
}
