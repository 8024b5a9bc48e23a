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

test('what the README and mcp.json.example give to copy can be read by what it is copied into', () => {
  const blocks = [...readme.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']) => json);
  expect(blocks.length).toBeGreaterThan(5);
  for (const block of [...blocks, readFileSync('mcp.json.example', 'utf8')])
    expect(() => JSON.parse(block), block).not.toThrow();
});

test('the registry is told of this package in this version', () => {
  const { name, version, mcpName } = JSON.parse(readFileSync('package.json', 'utf8'));
  const server = JSON.parse(readFileSync('server.json', 'utf8'));
  expect(server).toMatchObject({ name: mcpName, version, packages: [{ identifier: name, version }] });
  expect(server.description.length).toBeLessThanOrEqual(100);
});
