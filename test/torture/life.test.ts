import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { environment, mintmark, temporaryFolder } from '../support/mintmark.js';
import { type Command, command, fixture, Spawned } from '../support/spawn.js';

/** The bound the product promises: see decision 9. */
const PROMISE_MS = 3_000;
/** How long calls in flight may still be answered. */
const DRAIN_MS = 1_000;
const hazards = { FIXTURE_HAZARDS: '1' };
const onPosix = process.platform !== 'win32';

const ping = (id: string) => `${JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' })}\n`;

async function start(server: Command = command, env: NodeJS.ProcessEnv = {}): Promise<Spawned> {
  return await new Spawned(server, env).initialize();
}

/** A zombie counts as dead: nobody here reaps a grandchild. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return true;
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z';
  } catch {
    return false;
  }
}

/** Looks for a minute or more, since nothing tells of its end: for how long it waits itself is in "shutting down". */
async function dies(pid: number): Promise<boolean> {
  for (let looks = 0; looks < 3_000; looks += 1) {
    if (!isAlive(pid)) return true;
    await sleep(20);
  }
  process.kill(pid, 'SIGKILL');
  return false;
}

/** For how long the fixture decided to wait for one thing and another, in milliseconds. */
const waitsOf = ({ stderr }: Spawned): number[] =>
  [...stderr.matchAll(/^waits (\d+) ms$/gm)].map(([, ms]) => Number(ms));

/** Starts the server below a wrapper process, as npx and shells do, and waits for its first reply. */
async function startBelowWrapper(stdin: 'pipe' | number) {
  const script = `
    const { spawn } = require('node:child_process');
    const [file, ...args] = ${JSON.stringify(command)};
    const server = spawn(file, args, { stdio: ['${stdin}' === 'pipe' ? 'pipe' : 'inherit', 'pipe', 'ignore'] });
    server.stdin?.write(${JSON.stringify(ping('1'))});
    server.stdout.once('data', () => console.log(server.pid));
    setInterval(() => {}, 1e6);`;
  const wrapper = spawn(process.execPath, ['-e', script], { stdio: [stdin, 'pipe', 'inherit'] });
  if (!wrapper.stdout) throw new Error('the wrapper has no stdout');
  const [line] = await once(createInterface({ input: wrapper.stdout }), 'line');
  return { wrapper, pid: Number(line) };
}

describe('the server ends with its client', () => {
  it('exits 0 when stdin ends', async () => {
    await using server = await start();
    server.endInput();
    expect(await server.ends()).toEqual({ code: 0, signal: null });
    expect(server.pollution).toEqual([]);
  });

  it('exits 0 when stdin ends, however many calls it will never answer', async () => {
    await using server = await start(fixture, hazards);
    const hang = (id: number) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'hang' } });
    server.send(Array.from({ length: 1_500 }, (_, id) => `${JSON.stringify(hang(id))}\n`).join(''));
    server.endInput();
    expect(await server.ends()).toEqual({ code: 0, signal: null });
    expect(server.stderr).toContain('onShutdown: end of input');
  });

  it('exits 0 when another process has its database locked', async () => {
    using folder = temporaryFolder();
    const db = folder.file('memory.db');
    const other = new BetterSqlite3(db);
    other.exec('begin exclusive');
    await using server = await start(mintmark, environment(db));
    // Refused before anything is read, by an engine that is loaded: what a busy machine takes for that is not looked at.
    await server.call('search', { query: 7 });
    server.post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'status' } });
    server.endInput();
    expect(await server.ends()).toEqual({ code: 0, signal: null });
    other.close();
  });

  it('dies after its parent is killed', async () => {
    const { wrapper, pid } = await startBelowWrapper('pipe');
    wrapper.kill('SIGKILL');
    expect(await dies(pid)).toBe(true);
  });

  it.runIf(onPosix)('dies after its wrapper is killed although another process holds its stdin', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mintmark-life-'));
    execFileSync('mkfifo', [join(folder, 'stdin')]);
    const held = openSync(join(folder, 'stdin'), 'r+');
    writeSync(held, ping('1'));
    const { wrapper, pid } = await startBelowWrapper(held);
    wrapper.kill('SIGKILL');
    expect(await dies(pid)).toBe(true);
    closeSync(held);
    rmSync(folder, { recursive: true });
  });

  it.runIf(onPosix).each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('exits 0 on %s', async signal => {
    await using server = await start();
    server.child.kill(signal);
    expect(await server.ends()).toEqual({ code: 0, signal: null });
  });

  it('exits when a reply meets a closed stdout while stdin stays open', async () => {
    await using server = await start();
    server.child.stdout?.destroy();
    server.send(ping('1'));
    expect((await server.ends()).code).toBe(0);
    expect(server.stderr).not.toContain('uncaught');
  });

  it('exits on SIGTERM although its client stopped reading and replies pile up', async () => {
    await using server = await start();
    server.child.stdout?.pause();
    const pad = 'x'.repeat(8_192);
    for (let i = 0; i < 400; i++) server.post({ jsonrpc: '2.0', id: `${i}${pad}`, method: 'ping' });
    const exit = once(server.child, 'exit');
    server.child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });

  it('survives a closed stderr', async () => {
    await using server = await start(fixture, hazards);
    server.child.stderr?.destroy();
    await server.call('noisy');
    expect(await server.request('ping')).toHaveProperty('result');
  });
});

describe('the last replies', () => {
  it('reach a one-shot pipe that closes stdin at once', async () => {
    await using server = new Spawned(command);
    const ids = Array.from({ length: 50 }, (_, i) => `r${i}`);
    // No newline after the last one, as with printf.
    server.send(ids.map(ping).join('').trimEnd());
    server.endInput();
    expect(await server.ends()).toEqual({ code: 0, signal: null });
    expect(server.replies.map(reply => reply.id)).toEqual(ids);
  });

  it('reach one that sends more at once than are worked at', async () => {
    await using server = await start();
    const ids = Array.from({ length: 5_000 }, (_, i) => `r${i}`);
    server.send(ids.map(ping).join(''));
    server.endInput();
    expect(await server.ends()).toEqual({ code: 0, signal: null });
    expect(server.replies.slice(1).map(reply => reply.id)).toEqual(ids);
  });

  it('of a slow call are delivered after stdin ends', async () => {
    await using server = await start(fixture);
    const reply = server.call('slow', { ms: 50 });
    server.endInput();
    expect(await reply).toHaveProperty('result');
    expect((await server.ends()).code).toBe(0);
  });

  it('are not waited for when a call hangs', async () => {
    await using server = await start(fixture, { ...hazards, FIXTURE_WAITS: '1' });
    server.post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'hang' } });
    server.endInput();
    expect((await server.ends()).code).toBe(0);
    expect(server.stderr).toContain('onShutdown: end of input');
    expect(waitsOf(server)).toContain(DRAIN_MS);
  });

  it('are not waited for when the call was cancelled', async () => {
    await using server = await start(fixture, { FIXTURE_WAITS: '1' });
    server.post({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'slow', arguments: { ms: 60_000 } },
    });
    server.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
    server.endInput();
    expect((await server.ends()).code).toBe(0);
    expect(waitsOf(server)).not.toContain(DRAIN_MS);
    expect(server.replies.some(reply => reply.id === 1)).toBe(false);
  });
});

describe('shutting down', () => {
  it('runs onShutdown once, however many reasons there are', async () => {
    await using server = await start(fixture);
    server.child.kill('SIGTERM');
    server.endInput();
    server.child.kill('SIGTERM');
    await server.ends();
    expect(server.stderr.match(/onShutdown/g)).toHaveLength(1);
  });

  it('exits 1 when onShutdown does not come to an end, as soon as was promised', async () => {
    await using server = await start(fixture, { FIXTURE_STUCK: '1', FIXTURE_WAITS: '1' });
    server.endInput();
    expect(await server.ends()).toEqual({ code: 1, signal: null });
    expect(server.stderr).toContain('took too long');
    expect(Math.max(...waitsOf(server))).toBeLessThanOrEqual(PROMISE_MS);
  });

  it('exits 1 after an uncaught exception, having answered and cleaned up', async () => {
    await using server = await start(fixture, hazards);
    expect(await server.call('crash')).toHaveProperty('result');
    expect(await server.ends()).toEqual({ code: 1, signal: null });
    expect(server.stderr).toMatch(/uncaught exception: Error: an uncaught exception.*\nonShutdown/);
  });

  it('does not happen for a stray rejection', async () => {
    await using server = await start(fixture, hazards);
    await server.call('reject');
    expect(await server.request('ping')).toHaveProperty('result');
    expect(server.stderr).toContain('unhandled rejection: Error: a stray rejection');
  });
});

describe('stdout', () => {
  it('carries only protocol when a tool prints', async () => {
    await using server = await start(fixture, hazards);
    expect(await server.call('noisy')).toHaveProperty('result');
    expect(await server.request('ping')).toHaveProperty('result');
    expect(server.pollution).toEqual([]);
    expect(server.stderr).toContain('console.log');
    expect(server.stderr).toContain('half a line without its newline');
  });

  it('carries an error for a result that cannot be written as JSON', async () => {
    await using server = await start(fixture, hazards);
    expect(await server.call('unserialisable')).toMatchObject({ error: { code: -32603 } });
  });
});
