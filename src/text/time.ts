const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** Unix milliseconds of an ISO 8601 date or date-time; UTC where no offset is given. Undefined when it is neither. */
export function parseTime(text: string): number | undefined {
  if (!ISO.test(text)) return undefined;
  const dated = text.replace(' ', 'T');
  const zoned = dated.length > 10 && !/(?:Z|[+-]\d{2}:?\d{2})$/.test(dated) ? `${dated}Z` : dated;
  const time = Date.parse(zoned);
  return Number.isNaN(time) ? undefined : time;
}

/** ISO 8601 with milliseconds, UTC. */
export const formatTime = (time: number): string => new Date(time).toISOString();
