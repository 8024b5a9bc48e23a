import { EngineError } from '../errors.js';

const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** Milliseconds. */
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Unix milliseconds of an ISO 8601 date or date-time; UTC where no offset is given. Undefined when it is neither. */
export function parseTime(text: string): number | undefined {
  if (!ISO.test(text) || !isDay(text.slice(0, 10))) return undefined;
  const dated = text.replace(' ', 'T');
  const zoned = dated.length > 10 && !/(?:Z|[+-]\d{2}:?\d{2})$/.test(dated) ? `${dated}Z` : dated;
  const time = Date.parse(zoned);
  return Number.isNaN(time) ? undefined : time;
}

/** V8 takes 30 February for 2 March. */
function isDay(day: string): boolean {
  const time = Date.parse(day);
  return !Number.isNaN(time) && formatTime(time).startsWith(day);
}

/** ISO 8601 with milliseconds, UTC. */
export const formatTime = (time: number): string => new Date(time).toISOString();

/** The time an argument names, Unix milliseconds. Throws `invalid` when it is none. */
export function timeArgument(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = parseTime(text);
  if (time === undefined)
    throw new EngineError(
      'invalid',
      `${name} is "${text}", which is no ISO 8601 time.`,
      'Write it like 2026-03-01 or 2026-03-01T12:00:00Z.',
    );
  return time;
}
