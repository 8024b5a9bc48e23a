import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderReadme } from '../scripts/readme.js';

const readme = readFileSync('README.md', 'utf8');

test('the README shows the tools, resources and options that there are', () => {
  expect(readme, 'run npm run update').toBe(renderReadme(readme));
});

test('a README without its markers is refused', () => {
  expect(() => renderReadme('# mintmark')).toThrow('lacks <!-- tools -->');
});

test('every decision is at most 40 lines', () => {
  const lengths = readdirSync('docs/decisions').map(name => ({
    name,
    lines: readFileSync(`docs/decisions/${name}`, 'utf8').trimEnd().split('\n').length,
  }));
  expect(lengths.filter(({ lines }) => lines > 40)).toEqual([]);
});
