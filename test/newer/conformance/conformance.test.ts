/** The official suite against the real server over HTTP, with what the suite calls by name added to its lists. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveHttp } from '../../support/http.js';
import { temporaryFolder } from '../../support/mintmark.js';
import { newerNode } from '../../support/newer-node.js';
import { decorateServers } from './decorate.js';
import { fixtures } from './fixtures.js';

/** Also fails when a scenario that it lists passes. */
const EXPECTED = fileURLToPath(new URL('expected-failures.yml', import.meta.url));

let server: Awaited<ReturnType<typeof serveHttp>>;
const folder = temporaryFolder();

beforeAll(async () => {
  decorateServers(fixtures);
  // The suite sends no token.
  server = await serveHttp({ httpAuth: 'none' });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

it.each([
  ['2025-11-25', 30],
  ['2026-07-28', 37],
])('every scenario that %s requires of a server passes', async (revision, required) => {
  const { code, output } = await runSuite('--requirements', revision);
  expect(code, output).toBe(0);
  expect(passedIn(output)).toBeGreaterThanOrEqual(required);
});

it.each([
  ['server-session-lifecycle', '2025-11-25'],
  ['http-header-validation', '2026-07-28'],
])('%s, which no revision counts yet, passes', async (scenario, revision) => {
  const { code, output } = await runSuite('--scenario', scenario, '--spec-version', revision);
  expect(code, output).toBe(0);
  expect(output).toContain('0 failed');
});

const passedIn = (output: string): number =>
  output.slice(output.indexOf('=== SUMMARY ===')).match(/^✓ .*: [1-9]\d* passed, 0 failed$/gmu)?.length ?? 0;

async function runSuite(...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const { node, path } = newerNode();
  const child = spawn(
    node,
    [
      path('@modelcontextprotocol/conformance/dist/index.js'),
      'server',
      ...[
        '--url',
        `${server.url}/mcp`,
        '--expected-failures',
        EXPECTED,
        '--output-dir',
        folder.file('results'),
      ],
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const closed = once(child, 'close');
  const output = (await child.stdout.toArray()).join('');
  const [code] = await closed;
  return { code, output };
}
