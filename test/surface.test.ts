import { readdirSync } from 'node:fs';
import { get_encoding } from 'tiktoken';
import { expect, test } from 'vitest';
import { INSTRUCTIONS } from '../src/mcp/server.js';
import { connect } from './support/connect.js';

test('every tool keeps the shape clients have seen', async () => {
  await using session = await connect();
  const { tools } = await session.client.listTools();
  for (const tool of tools)
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
  const { tools } = await session.client.listTools();
  for (const { description = '', inputSchema } of tools) {
    expect(description.length).toBeLessThan(400);
    expect(JSON.stringify(inputSchema)).not.toMatch(
      /"(?:oneOf|anyOf|allOf|\$ref|prefixItems|const|exclusiveMinimum|pattern)"|"type":\[/,
    );
  }
});

test('the default tool list costs at most 4,000 tokens', async () => {
  await using session = await connect();
  const { tools } = await session.client.listTools();
  const encoding = get_encoding('o200k_base');
  const shown = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  expect(encoding.encode_ordinary(JSON.stringify(shown)).length).toBeLessThanOrEqual(4000);
  encoding.free();
});

test('the instructions fit the 250 characters that some clients show', () => {
  expect(INSTRUCTIONS.length).toBeLessThanOrEqual(250);
});
