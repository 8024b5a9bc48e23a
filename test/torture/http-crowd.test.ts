import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { closing, send, toolCall } from '../support/http.js';
import { openFile, serveMintmark, temporaryFolder } from '../support/mintmark.js';

/** 10,000 were held once by hand, see docs/decisions/0025: a machine may not allow a process that many files. */
const CROWD = Math.min(Number(process.env.MINTMARK_CROWD ?? 1_500), filesAllowed() - 300);
const SLOW = 50;
const search = toolCall('search', { query: 'storage' });

it.each([
  ['held', CROWD + 500],
  ['the oldest giving way', 300],
])(
  `${CROWD} idle connections and ${SLOW} slow ones, %s, stop no other client`,
  async (_what, connections) => {
    using folder = temporaryFolder();
    const db = folder.file('team.db');
    const token = await tokenIn(db);
    const options = ['--http-connections', `${connections}`, '--http-timeout-ms', '10000'];
    await using server = await serveMintmark(db, ...options);
    const url = new URL(server.url);
    const ask = async () => (await send(`${url.origin}/mcp`, { ...search, token })).status;
    expect(await ask()).toBe(200);
    const idle: Socket[] = [];
    try {
      while (idle.length < CROWD) {
        const more = Math.min(500, CROWD - idle.length);
        idle.push(...(await Promise.all(Array.from({ length: more }, () => dial(url)))));
        expect(await ask()).toBe(200);
      }
      // Those that said nothing for 10 s are cut off, so on a slow machine not all are held at once.
      console.log(`${idle.filter(socket => !socket.destroyed).length} are open`);
      const slow = await Promise.all(Array.from({ length: SLOW }, () => dial(url)));
      idle.push(...slow);
      // Headers that never end, with a good token, a byte at a time.
      for (const socket of slow)
        socket.write(`POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n`);
      for (let byte = 0; byte < 10; byte += 1) {
        for (const socket of slow) if (socket.writable) socket.write('X');
        expect(await Promise.all(Array.from({ length: 8 }, ask))).toEqual(Array(8).fill(200));
      }
      // Who is slow is cut off in the end, whatever it goes on sending.
      await Promise.all(slow.map(closing));
      expect(await ask()).toBe(200);
      expect((await send(`${url.origin}/ready`)).status).toBe(200);
    } finally {
      for (const socket of idle) socket.destroy();
    }
  },
);

/** Node raises what a process may have open as far as it may. */
function filesAllowed(): number {
  const limits = process.platform === 'linux' ? readFileSync('/proc/self/limits', 'utf8') : '';
  return Number(/^Max open files +\S+ +(\d+)/m.exec(limits)?.[1] ?? 2_000);
}

async function dial({ hostname, port }: URL): Promise<Socket> {
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  // The server may cut it at any time; what it says then is of no interest.
  return socket.on('error', () => {}).resume();
}

async function tokenIn(db: string): Promise<string> {
  await using engine = openFile(db);
  const { token } = await engine.tokens.create({ namespace: 'default', permissions: ['read'] });
  return token;
}
