import { readdirSync } from 'node:fs';
import { get_encoding } from 'tiktoken';
import { expect, test } from 'vitest';
import { options } from '../src/config/options.js';
import { INSTRUCTIONS } from '../src/mcp/server.js';
import { tools } from '../tools/index.js';
import { connect } from './support/connect.js';

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
  const encoding = get_encoding('o200k_base');
  const tokens = encoding.encode_ordinary(JSON.stringify(shown)).length;
  encoding.free();
  return tokens;
}

test('the default tool list costs at most 4,000 tokens, and does not show sessions', async () => {
  expect(await cost(options.tools.default)).toBeLessThanOrEqual(4000);
  expect(options.tools.default).not.toContain('session');
});

test('all tools together cost at most 7,000 tokens', async () => {
  expect(await cost(['memory', 'checkpoint', 'run', 'session'])).toBeLessThanOrEqual(7000);
});

test('the instructions fit the 250 characters that some clients show', () => {
  expect(INSTRUCTIONS.length).toBeLessThanOrEqual(250);
});
