/**
 * Runs whole agents, driven by a model that follows a script, and writes what that model saw to docs/clients.md:
 *   npm run agents             all of them, and the report
 *   npm run agents -- codex    some, printed
 * Installs them below AGENTS_FOLDER, which it keeps, or a temporary folder (1.2 GB).
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import build from '../support/build.js';
import { serveHttp } from '../support/http.js';
import { bundle, environment, temporaryFolder } from '../support/mintmark.js';
import { type Agent, agents } from './agents.js';
import { type Installed, install } from './install.js';
import { openingOf } from './opening.js';
import { probe } from './probe.js';
import { type Outcome, report } from './report.js';
import { resume, work } from './scripts.js';
import { runSession, type Session } from './session.js';

const named = process.argv.slice(2);
const folder = process.env.AGENTS_FOLDER ?? mkdtempSync(join(tmpdir(), 'agents-'));
const chosen = agents.filter(({ bin }) => named.length === 0 || named.includes(bin));

build();
const outcomes: Outcome[] = [];
for (const agent of chosen) outcomes.push(await outcomeOf(agent));
if (process.env.AGENTS_FOLDER === undefined) rmSync(folder, { recursive: true });
const text = report(outcomes);
if (named.length === 0) writeFileSync('docs/clients.md', text);
else console.log(text);
if (outcomes.some(({ failed }) => failed !== undefined)) process.exitCode = 1;

async function outcomeOf(agent: Agent): Promise<Outcome> {
  const installed = install(agent, folder);
  if (typeof installed === 'string') return { agent, sessions: [], failed: `npm: ${installed}` };
  const { sessions: local, opening } = await overStdio(agent, installed);
  const sessions = [...local, ...(await overHttp(agent, installed)), await probed(agent, installed)];
  for (const { name, transport, conversation, seconds, printed } of sessions)
    console.error(`${agent.name}: ${name} over ${transport}: ${conversation.said ?? printed} (${seconds} s)`);
  return { agent, sessions, opening, failed: failureOf(sessions) };
}

/** Two windows, one after the other, on one file. */
async function overStdio(agent: Agent, installed: Installed) {
  using home = temporaryFolder();
  const env = Object.fromEntries(
    Object.entries(environment(home.file('memory.db'))).map(([name, value]) => [name, value ?? '']),
  );
  const sent = home.file('sent.jsonl');
  const tap = fileURLToPath(new URL('tap.mjs', import.meta.url));
  const mintmark = { command: process.execPath, args: [tap, sent, process.execPath, bundle], env };
  const starting = { agent, installed, home: home.file('.'), servers: { mintmark } };
  const sessions = await twoWindows('stdio', starting);
  return { sessions, opening: existsSync(sent) ? openingOf(readFileSync(sent, 'utf8')) : 'nothing' };
}

async function overHttp(agent: Agent, installed: Installed): Promise<Session[]> {
  using home = temporaryFolder();
  await using server = await serveHttp();
  const servers = { mintmark: { url: `${server.url}/mcp`, token: await server.token() } };
  return await twoWindows('HTTP', { agent, installed, home: home.file('.'), servers });
}

async function twoWindows(
  transport: Session['transport'],
  starting: Parameters<typeof runSession>[2],
): Promise<Session[]> {
  return [
    await runSession({ name: 'work', transport }, work(), starting),
    await runSession({ name: 'resume', transport }, resume(), starting),
  ];
}

async function probed(agent: Agent, installed: Installed): Promise<Session> {
  using home = temporaryFolder();
  const script = fileURLToPath(new URL('probe-server.ts', import.meta.url));
  const args = ['--import', import.meta.resolve('tsx'), script];
  const servers = { probe: { command: process.execPath, args, env: {} } };
  const starting = { agent, installed, home: home.file('.'), servers };
  return await runSession({ name: 'probe', transport: 'stdio' }, probe(), starting);
}

function failureOf(sessions: readonly Session[]): string | undefined {
  const failed = sessions.find(({ conversation }) => conversation.said !== 'DONE');
  if (!failed) return undefined;
  const { name, transport, conversation, printed } = failed;
  return `${name} over ${transport}: ${conversation.said ?? [...conversation.failures, printed].join('\n')}`;
}
