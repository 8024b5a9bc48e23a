import { expect, it } from 'vitest';
import { bar } from '../../src/cli/progress.js';

it.each([
  [0, 4000, `[${'.'.repeat(24)}] 0 of 4000 memories`],
  [2000, 4000, `[${'#'.repeat(12)}${'.'.repeat(12)}] 2000 of 4000 memories`],
  [5000, 4000, `[${'#'.repeat(24)}] 5000 of 4000 memories`],
  [7, undefined, '7 memories'],
])('progress of %s in %s is shown as a bar, or as a count', (done, total, shown) => {
  expect(bar('memories', done, total)).toBe(shown);
});
