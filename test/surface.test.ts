import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { options } from '../src/config/options.js';
import { INSTRUCTIONS } from '../src/mcp/server.js';
import { tools } from '../tools/index.js';
import { connect } from './support/connect.js';
import { tokensOf } from './support/tokens.js';

test('every tool keeps the shape clients have seen', async () => {
  await using session = await connect();
  for (const tool of (await session.client.listTools()).tools)
    await expect(`${JSON.stringify(tool, null, 2)}\n`).toMatchFileSnapshot(`surface/${tool.name}.json`);
});

test('each file in tools/ is one tool of the same name', async () => {
  await using session = await connect();
  const files = readdirSync('tools')
    .filter(file => file !== 'index.ts')
    .map(file => file.replace('.ts', '').replaceAll('-', '_'));
  expect((await session.client.listTools()).tools.map(tool => tool.name).sort()).toEqual(files.sort());
});

test('tool texts are short, and schemas stay inside the subset every client takes', async () => {
  await using session = await connect();
  for (const { description = '', inputSchema } of (await session.client.listTools()).tools) {
    expect(description.length).toBeLessThan(400);
    expect(JSON.stringify(inputSchema)).not.toMatch(
      /"(?:oneOf|anyOf|allOf|\$ref|prefixItems|const|exclusiveMinimum|pattern)"|"type":\[/,
    );
  }
});

/** Tokens of names, descriptions and inputs, as they stand before a model, of the tools of some toolsets. */
async function cost(toolsets: readonly string[]): Promise<number> {
  await using session = await connect();
  const offered = tools.filter(({ toolset }) => toolset === 'always' || toolsets.includes(toolset));
  const names = new Set(offered.map(({ name }) => name));
  const listed = (await session.client.listTools()).tools.filter(({ name }) => names.has(name));
  const shown = listed.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  return tokensOf(JSON.stringify(shown));
}

test('the default tool list costs at most 4,000 tokens, and does not show sessions', async () => {
  expect(await cost(options.tools.default)).toBeLessThanOrEqual(4000);
  expect(options.tools.default).not.toContain('session');
});

test('all tools together cost at most 7,000 tokens', async () => {
  expect(await cost(['memory', 'checkpoint', 'run', 'session'])).toBeLessThanOrEqual(7000);
});

test('what a call may ask for is within what its tool says a reply may have', async () => {
  await using session = await connect();
  const listed = (await session.client.listTools()).tools.map(({ name, _meta }) => [
    name,
    _meta?.['anthropic/maxResultSizeChars'],
  ]);
  expect(Object.fromEntries(listed.filter(([, longest]) => longest !== undefined))).toEqual({
    search: 250_000,
    fetch: 250_000,
    load_by_scope: 250_000,
    // As much as Claude Code takes from any tool.
    context_build: 500_000,
  });
  for (const text of ['international responsibility ', `${' '.repeat(32)}return "value";\n`]) {
    const { uri } = await session.call('blob_put', { content: text.repeat(10_000) });
    const page = await session.call('fetch', { uri, max_tokens: 25_000 });
    expect(page.next_cursor).toBeDefined();
    expect(JSON.stringify(page).length).toBeLessThanOrEqual(250_000);
  }
});

test('the instructions fit the 250 characters that some clients show', () => {
  expect(INSTRUCTIONS.length).toBeLessThanOrEqual(250);
});
