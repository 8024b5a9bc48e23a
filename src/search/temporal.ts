import { DAY } from '../text/time.js';
import { PERIOD_DAYS } from './weights.js';

/** A time a query speaks of, in Unix milliseconds, `to` excluded; or a month, perhaps a day in it, of any year. */
export type Period =
  | { readonly from: number; readonly to: number }
  | { readonly month: number; readonly day: number | undefined };

/**
 * The times an English query speaks of: dates and months ("on 3 May 2023", "in June"), years, "yesterday", "last week",
 * "two months ago", each perhaps with "before", "since" and their like. Relative ones are resolved against `now`, all in
 * UTC. An event ("before the release") is no date and gives none: see `eventIn`.
 */
export function periodsIn(query: string, now: number): Period[] {
  const rest = { text: query.toLowerCase() };
  return READERS.flatMap(({ pattern, read }) => {
    const found: Period[] = [];
    rest.text = rest.text.replace(pattern, (...match) => {
      const groups = match.at(-1);
      const words = isWords(groups) ? groups : {};
      const period = read(words, now);
      if (!period) return String(match[0]);
      found.push(bounded(period, words.side));
      return ' ';
    });
    return found;
  });
}

/** 1 within a period, falling with the distance from it. */
export function closeness(period: Period, at: number): number {
  return Math.max(0, ...rangesNear(period, at).map(range => within(range, at)));
}

type Range = { readonly from: number; readonly to: number };

function within({ from, to }: Range, at: number): number {
  if (at < from) return Math.exp((at - from) / (PERIOD_DAYS.before * DAY));
  return at < to ? 1 : Math.exp((to - at) / (PERIOD_DAYS.after * DAY));
}

function rangesNear(period: Period, at: number): Range[] {
  if (!('month' in period)) return [period];
  const { month, day } = period;
  const year = new Date(at).getUTCFullYear();
  return [year - 1, year, year + 1].map(one => dateRange(one, month, day));
}

const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october'],
  ...['november', 'december'],
];
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const COUNTS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

const NAMED_SIDE = '(?<side>before|until|after|since)';
const SIDE = `(?:${NAMED_SIDE}\\s+)?`;
const BEFORE_A_MONTH = 'in|during|by|of|since|until|last|this|early|mid|late|before|after';
const MONTH = `(?<month>${MONTHS.join('|')})`;
const DAY_OF_MONTH = '(?<day>[0-3]?\\d)(?:st|nd|rd|th)?';
const YEAR = '(?<year>(?:19|20)\\d\\d)';

type Words = Readonly<Record<string, string | undefined>>;
type TimeReader = {
  readonly pattern: RegExp;
  readonly read: (words: Words, now: number) => Period | undefined;
};

const phrase = (source: string): RegExp => new RegExp(`\\b${SIDE}${source}\\b`, 'g');

const readDate = ({ year, month = '', day }: Words): Period => {
  const index = MONTHS.includes(month) ? MONTHS.indexOf(month) : Number(month) - 1;
  const date = day === undefined ? undefined : Number(day);
  return year === undefined ? { month: index, day: date } : dateRange(Number(year), index, date);
};

/** What is longer stands first, and takes its words away from what follows. */
const READERS: readonly TimeReader[] = [
  { pattern: phrase(`${YEAR}-(?<month>0[1-9]|1[0-2])(?:-(?<day>[0-3]\\d))?`), read: readDate },
  { pattern: phrase(`${DAY_OF_MONTH}\\s+(?:of\\s+)?${MONTH}(?:,?\\s+${YEAR})?`), read: readDate },
  { pattern: phrase(`${MONTH}\\s+${DAY_OF_MONTH}(?:,?\\s+${YEAR})?`), read: readDate },
  { pattern: phrase(`${MONTH},?\\s+(?:of\\s+)?${YEAR}`), read: readDate },
  // "may" is a word of its own, so a month alone needs what makes it one.
  { pattern: new RegExp(`\\b(?:${BEFORE_A_MONTH})\\s+${MONTH}\\b`, 'g'), read: readDate },
  { pattern: new RegExp(`\\b(?:${NAMED_SIDE}|in|during|of|year)\\s+${YEAR}\\b`, 'g'), read: readYear },
  { pattern: phrase('(?<word>today|yesterday|tomorrow)'), read: readDay },
  { pattern: phrase('(?<which>last|this|past|next)\\s+(?<unit>week|month|year|weekend)'), read: readUnit },
  { pattern: phrase(`(?:last|this|past)\\s+(?<weekday>${WEEKDAYS.join('|')})`), read: readWeekday },
  {
    pattern: phrase(`(?<count>\\d{1,3}|an?|${COUNTS.join('|')})\\s+(?<unit>day|week|month|year)s?\\s+ago`),
    read: readAgo,
  },
];

function readYear({ year }: Words): Period {
  return { from: Date.UTC(Number(year), 0), to: Date.UTC(Number(year) + 1, 0) };
}

function readDay({ word }: Words, now: number): Period {
  const today = startOfDay(now);
  const from = today + (word === 'yesterday' ? -DAY : word === 'tomorrow' ? DAY : 0);
  return { from, to: from + DAY };
}

function readUnit({ which, unit }: Words, now: number): Period {
  const steps = which === 'this' ? 0 : which === 'next' ? 1 : -1;
  const date = new Date(now);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth() + steps;
  if (unit === 'year') return { from: Date.UTC(year + steps, 0), to: Date.UTC(year + steps + 1, 0) };
  if (unit === 'month') return { from: Date.UTC(year, month), to: Date.UTC(year, month + 1) };
  const monday = startOfDay(now) - ((date.getUTCDay() + 6) % 7) * DAY + steps * 7 * DAY;
  return { from: unit === 'weekend' ? monday + 5 * DAY : monday, to: monday + 7 * DAY };
}

function readWeekday({ weekday = '' }: Words, now: number): Period {
  const back = (new Date(now).getUTCDay() - WEEKDAYS.indexOf(weekday) + 7) % 7 || 7;
  const from = startOfDay(now) - back * DAY;
  return { from, to: from + DAY };
}

const UNIT_DAYS: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30, year: 365 };

/** As wide as the unit, around what the words say: nobody means "three weeks ago" to the day. */
function readAgo({ count = '', unit = '' }: Words, now: number): Period {
  const spelt = COUNTS.indexOf(count);
  const number = spelt >= 0 ? spelt : count.startsWith('a') ? 1 : Number(count);
  const length = (UNIT_DAYS[unit] ?? 1) * DAY;
  const middle = startOfDay(now) + DAY / 2 - number * length;
  return { from: middle - length / 2, to: middle + length / 2 };
}

function dateRange(year: number, month: number, day: number | undefined): Range {
  return day === undefined
    ? { from: Date.UTC(year, month), to: Date.UTC(year, month + 1) }
    : { from: Date.UTC(year, month, day), to: Date.UTC(year, month, day + 1) };
}

function bounded(period: Period, side: string | undefined): Period {
  if ('month' in period) return period;
  if (side === 'before' || side === 'until') return { from: Number.NEGATIVE_INFINITY, to: period.from };
  return side === undefined ? period : { from: period.from, to: Number.POSITIVE_INFINITY };
}

const startOfDay = (at: number): number => Math.floor(at / DAY) * DAY;

const isWords = (value: unknown): value is Words => typeof value === 'object' && value !== null;
