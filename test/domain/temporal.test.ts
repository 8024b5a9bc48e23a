import { expect, test } from 'vitest';
import { closeness, type Period, periodsIn } from '../../src/search/temporal.js';

/** A Wednesday. */
const NOW = Date.parse('2023-06-14T09:30:00Z');
const DAY = 86_400_000;

const shown = (period: Period) =>
  'month' in period
    ? `any ${period.month + 1}${period.day === undefined ? '' : `-${period.day}`}`
    : [period.from, period.to].map(side => (Number.isFinite(side) ? dateOf(side) : '…')).join(' to ');
const dateOf = (at: number) => new Date(at).toISOString().slice(0, 10);

test.each([
  ['What did Maria cook on May 3, 2023?', '2023-05-03 to 2023-05-04'],
  ['what happened on the 3rd of may 2023', '2023-05-03 to 2023-05-04'],
  ['What painting did she show on 13 October?', 'any 10-13'],
  ['the incident of 2023-05-03', '2023-05-03 to 2023-05-04'],
  ['everything from 2023-05', '2023-05-01 to 2023-06-01'],
  ['What setback did we meet in October 2022?', '2022-10-01 to 2022-11-01'],
  ['Who came in December?', 'any 12'],
  ['who retired in 2021', '2021-01-01 to 2022-01-01'],
  ['What did we decide before May 2023?', '… to 2023-05-01'],
  ['releases since 2022', '2022-01-01 to …'],
  ['what did I do yesterday', '2023-06-13 to 2023-06-14'],
  ['meetings last week', '2023-06-05 to 2023-06-12'],
  ['plans for this weekend', '2023-06-17 to 2023-06-19'],
  ['bugs of last month', '2023-05-01 to 2023-06-01'],
  ['goals of next year', '2024-01-01 to 2025-01-01'],
  ['what broke last Wednesday', '2023-06-07 to 2023-06-08'],
  ['who called two weeks ago', '2023-05-28 to 2023-06-04'],
  ['a year ago', '2021-12-14 to 2022-12-14'],
])('%s speaks of %s', (query, period) => {
  expect(periodsIn(query, NOW).map(shown)).toEqual([period]);
});

test.each([
  'May we deploy on the main branch?',
  'What did we decide before the release?',
  'Which port does 2021 listen on?',
  'the last migration',
  'Does August march?',
  '',
])('%s speaks of no time', query => {
  expect(periodsIn(query, NOW)).toEqual([]);
});

test('two times in one query are both found', () => {
  expect(periodsIn('between 3 May 2023 and 2 June 2023', NOW).map(shown)).toEqual([
    '2023-05-03 to 2023-05-04',
    '2023-06-02 to 2023-06-03',
  ]);
});

test('what lies within a period is near, what lies outside the less the further off', () => {
  const [may = { from: 0, to: 0 }] = periodsIn('in May 2023', NOW);
  const near = ['2023-05-01', '2023-06-10', '2023-08-01', '2022-05-15'].map(date =>
    closeness(may, Date.parse(date)),
  );
  expect(near[0]).toBe(1);
  expect(near.toSorted((left, right) => right - left)).toEqual(near);
  expect(closeness(may, Date.parse('2023-05-01') - DAY)).toBeLessThan(
    closeness(may, Date.parse('2023-06-01')),
  );
});

test('a month without a year is that of any', () => {
  const [december = { from: 0, to: 0 }] = periodsIn('in December', NOW);
  expect(closeness(december, Date.parse('2021-12-24'))).toBe(1);
  expect(closeness(december, Date.parse('2022-01-02'))).toBeGreaterThan(0.9);
  expect(closeness(december, Date.parse('2022-06-15'))).toBeLessThan(0.01);
});
