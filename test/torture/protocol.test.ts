import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, fixture, type Reply, Spawned } from '../support/spawn.js';

type Id = string | number | null;

const frame = (id: unknown, method: unknown, params?: unknown) =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });
const echo = (id: unknown, text: unknown) => frame(id, 'tools/call', { name: 'echo', arguments: { text } });
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const code = (reply: Reply) => ('error' in reply ? reply.error.code : 'result');

/** Sends raw bytes and a ping behind them, and returns what was answered before the ping was. */
async function answers(server: Spawned, raw: string | Uint8Array, count: number): Promise<[Id, unknown][]> {
  const before = server.replies.length;
  server.send(raw);
  server.send('\n');
  await server.until(() => server.replies.length >= before + count);
  expect(await server.request('ping')).toHaveProperty('result');
  expect(server.pollution).toEqual([]);
  return server.replies.slice(before, -1).map(reply => [reply.id, code(reply)]);
}

const invalidUtf8 = Buffer.concat([
  Buffer.from('{"jsonrpc":"2.0","id":5,"method":"'),
  Buffer.from([0xff, 0xc0]),
]);
const fromTheSdk = (pad: string) =>
  `{"method":"ping","params":{"_meta":{"id":1,"pad":"${pad}"}},"jsonrpc":"2.0","id":5}`;

const refused: [name: string, raw: string | Uint8Array, expected: [Id, number][]][] = [
  ['malformed JSON with an early id', '{"jsonrpc":"2.0","id":5,"method":', [[5, -32700]]],
  ['malformed JSON with a string id', '{"id" : "a\\"b" , "method":', [['a"b', -32700]]],
  ['malformed JSON whose id was cut', '{"jsonrpc":"2.0","id":5', [[null, -32700]]],
  ['malformed JSON with an id in its arguments only', '{"params":{"id":7},"method":', [[null, -32700]]],
  ['text', 'hello world\n\n\r\n', [[null, -32700]]],
  ['no jsonrpc member', '{"id":5,"method":"tools/list"}', [[5, -32600]]],
  ['an array, a string, null', '[1,2]\n"x"\nnull', [1, 2, 3].map(() => [null, -32600])],
  ['an empty object', '{}', [[null, -32600]]],
  [
    'a batch',
    `[${frame(5, 'tools/list')},${frame(6, 'ping')},${frame(undefined, 'x')}]`,
    [5, 6].map(id => [id, -32600]),
  ],
  ['an empty batch', '[]', [[null, -32600]]],
  ['a null id', frame(null, 'ping'), [[null, -32600]]],
  ['a fractional id', frame(1.5, 'ping'), [[null, -32600]]],
  ['an object as id', frame({}, 'ping'), [[null, -32600]]],
  ['an id beyond 2^53', '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}', [[null, -32600]]],
  ['a method that is no string', frame(5, 7), [[5, -32600]]],
  ['params in an array', frame(5, 'ping', []), [[5, -32600]]],
  ['malformed _meta', frame(5, 'ping', { _meta: 3 }), [[5, -32600]]],
  ['an unknown member', '{"jsonrpc":"2.0","id":5,"method":"ping","__proto__":{"x":1}}', [[5, -32600]]],
  ['an unknown method', frame(5, 'nope/nope'), [[5, -32601]]],
  [
    'a method named like a prototype key',
    `${frame(5, '__proto__')}\n${frame(6, 'constructor')}`,
    [
      [5, -32601],
      [6, -32601],
    ],
  ],
  ['an unknown tool', frame(5, 'tools/call', { name: 'nope', arguments: {} }), [[5, -32602]]],
  ['invalid UTF-8', invalidUtf8, [[5, -32700]]],
  ['invalid UTF-8 before a closing id', Buffer.from(fromTheSdk('\xff'), 'latin1'), [[5, -32700]]],
  ['201 levels', frame(5, 'ping', { _meta: 0 }).replace('0}}', `${nested(199)}}}`), [[5, -32600]]],
  ['a million levels', `{"jsonrpc":"2.0","id":5,"method":"ping","params":${nested(1e6)}}`, [[5, -32600]]],
  [
    'a message over 10 MiB, id first',
    frame(5, 'ping', { _meta: { pad: 'x'.repeat(10.6e6) } }),
    [[5, -32600]],
  ],
  ['a message over 10 MiB, id last', fromTheSdk('x'.repeat(11e6)), [[5, -32600]]],
];

const accepted: [name: string, raw: string][] = [
  ['200 levels', frame(5, 'ping', { _meta: { a: 0 } }).replace('0}}', `${nested(197)}}}`)],
  ['a 9 MB message', fromTheSdk('x'.repeat(9e6))],
  ['a lone surrogate', frame(5, 'ping', { _meta: { a: '\ud800' } })],
  [
    'prototype keys',
    '{"jsonrpc":"2.0","id":5,"method":"ping","params":{"__proto__":{"x":1},"constructor":1}}',
  ],
  ['CRLF', `${frame(5, 'ping')}\r`],
  ['a byte order mark', `\ufeff${frame(5, 'ping')}`],
];

describe('a hostile frame', () => {
  // One server takes them all: each finds it as the one before left it.
  const server = new Spawned(command);
  beforeAll(async () => void (await server.initialize()));
  afterAll(async () => await server[Symbol.asyncDispose]());

  it.each(refused)('is refused and the server serves on: %s', async (_name, raw, expected) => {
    expect(await answers(server, raw, expected.length)).toEqual(expected);
  });

  it.each(accepted)('is no problem: %s', async (_name, raw) => {
    expect(await answers(server, raw, 1)).toEqual([[5, 'result']]);
  });

  it('has its batch replies bounded', async () => {
    const members = Array.from({ length: 5_000 }, (_, id) => frame(id, 'ping'));
    const replies = await answers(server, `[${members}]`, 101);
    expect(replies).toHaveLength(101);
    expect(replies.at(-1)).toEqual([null, -32600]);
  });

  it('nobody waits for is ignored', async () => {
    const raw = ['{"jsonrpc":"2.0","method":5.5}', '{"method":"x"}', '{"jsonrpc":"2.0","id":9,"result":7}'];
    // The first has neither an id nor a method that makes it a notification.
    expect(await answers(server, raw.join('\n'), 1)).toEqual([[null, -32600]]);
  });

  it('of wrong argument types is answered with an error in its result', async () => {
    await using server = await new Spawned(fixture).initialize();
    const reply = await server.call('echo', { text: 5 });
    expect(reply).toMatchObject({ result: { isError: true } });
  });
});

describe('the stream', () => {
  it('may split characters anywhere', async () => {
    await using server = await new Spawned(fixture).initialize();
    for (const byte of Buffer.from(`${echo(5, 'é😀')}\n`)) {
      server.send(Uint8Array.of(byte));
      if (byte > 127) await sleep(1);
    }
    expect(await server.reply(5)).toMatchObject({ result: { content: [{ text: 'é😀' }] } });
  });

  it('may carry 10,000 requests at once', async () => {
    await using server = await new Spawned(command).initialize();
    const before = server.replies.length;
    server.send(Array.from({ length: 10_000 }, (_, id) => `${frame(id, 'ping')}\n`).join(''));
    await server.until(() => server.replies.length === before + 10_000);
    expect(new Set(server.replies.map(reply => reply.id)).size).toBe(before + 10_000);
  });

  it('answers both requests that share an id', async () => {
    await using server = await new Spawned(fixture).initialize();
    const slow = frame(5, 'tools/call', { name: 'slow', arguments: { ms: 50 } });
    expect(await answers(server, `${slow}\n${echo(5, 'x')}`, 2)).toEqual([5, 5].map(id => [id, 'result']));
  });

  it('brings no reply to a request whose cancellation came with it, whatever it asked', async () => {
    await using server = await new Spawned(fixture).initialize();
    const asks = [
      (id: string) => echo(id, 'x'),
      (id: string) => echo(id, 7),
      (id: string) => frame(id, 'tools/call', { name: 'slow', arguments: { ms: 1 } }),
      (id: string) => frame(id, 'tools/call', { name: 'none' }),
      (id: string) => frame(id, 'tools/list'),
    ];
    const cancel = (requestId: string) => frame(undefined, 'notifications/cancelled', { requestId });
    const kept: string[] = [];
    for (let round = 0; round < 50; round += 1)
      for (const [index, ask] of asks.entries()) {
        const [gone, stays] = [`gone-${round}-${index}`, `stays-${round}-${index}`];
        kept.push(stays);
        server.send(`${ask(gone)}\n${ask(stays)}\n${cancel(gone)}\n`);
        if (round % 10 === 0) await server.request('ping');
      }
    await server.until(() => kept.every(id => server.replies.some(reply => reply.id === id)));
    expect(server.replies.filter(({ id }) => String(id).startsWith('gone'))).toEqual([]);
  });

  it('brings no reply to what was cancelled before the server had begun', async () => {
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        await using server = new Spawned(fixture);
        const gone = [echo, (id: string) => frame(id, 'tools/list'), (id: string) => frame(id, 'nope/nope')];
        const asked = gone.map((ask, at) => `${ask(`gone-${at}`, 'x')}\n`);
        const cancelled = gone.map(
          (_ask, at) => `${frame(undefined, 'notifications/cancelled', { requestId: `gone-${at}` })}\n`,
        );
        if (index % 2 === 0) server.send([...asked, ...cancelled].join(''));
        else for (const [at, ask] of asked.entries()) server.send(`${ask}${cancelled[at]}`);
        server.send(`${frame('last', 'ping')}\n`);
        server.endInput();
        await server.ends();
        expect(server.replies.map(({ id }) => id)).toEqual(['last']);
      }),
    );
  });

  it('is not read on while the client leaves 16 MiB of replies unread', async () => {
    await using server = await new Spawned(command).initialize();
    const before = server.replies.length;
    server.child.stdout?.pause();
    const pad = 'x'.repeat(100_000);
    for (let i = 0; i < 400; i++) server.send(`${frame(`${i}${pad}`, 'ping')}\n`);
    await sleep(1_500);
    expect(server.child.stdin?.writableLength).toBeGreaterThan(10e6);
    server.child.stdout?.resume();
    await server.until(() => server.replies.length === before + 400);
  });

  it('may hold a line of 300 MB in little memory', async () => {
    await using server = await new Spawned(command).initialize();
    server.send('{"jsonrpc":"2.0","id":5,"method":"');
    const block = Buffer.alloc(1e6, 'x');
    for (let i = 0; i < 300; i++) {
      server.send(block);
      if (i % 20 === 0) await sleep(1);
    }
    expect(await answers(server, '"}', 1)).toEqual([[5, -32600]]);
    expect(residentBytes(server)).toBeLessThan(300e6);
  });
});

/** The most the process ever held; 0 where the system does not say. */
function residentBytes({ child }: Spawned): number {
  if (process.platform !== 'linux') return 0;
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}
