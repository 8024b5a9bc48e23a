/**
 * The floor: the least a durable memory server on the same parts can do. SDK v2, one file, rows, FTS5 and quantised
 * vectors (hashed words stand in for a model), FULL sync; no ledger, scopes, redaction, look-alikes or packing. What
 * mintmark costs above this is what its guarantees cost.
 */
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import Database from 'better-sqlite3';
import * as z from 'zod';

type Store = ReturnType<typeof open>;

let opened: Store | undefined;
const store = (): Store => {
  opened ??= open(process.argv[2] ?? ':memory:');
  return opened;
};

serveStdio(() => {
  const server = new McpServer({ name: 'floor', version: '0' });
  const text = (value: unknown) => ({ content: [{ type: 'text' as const, text: JSON.stringify(value) }] });
  server.registerTool(
    'add',
    { description: 'Store one memory.', inputSchema: z.object({ text: z.string() }) },
    async input => text({ ids: store().addAll.immediate([input.text]) }),
  );
  server.registerTool(
    'add_many',
    { description: 'Store many memories.', inputSchema: z.object({ texts: z.array(z.string()) }) },
    async input => text({ ids: store().addAll.immediate(input.texts) }),
  );
  server.registerTool(
    'search',
    {
      description: 'Find memories.',
      inputSchema: z.object({ query: z.string(), limit: z.number().optional() }),
    },
    async input => text(store().search(input.query, input.limit ?? 10)),
  );
  return server;
});

function open(path: string) {
  const db = new Database(path);
  db.pragma('journal_mode = wal');
  db.pragma('synchronous = full');
  db.exec(`
    create table if not exists memory (id integer primary key, text text not null, at integer not null);
    create table if not exists vector (id integer primary key, bits blob not null, bytes blob not null, floats blob not null);
    create virtual table if not exists memory_text using fts5 (text, content = '', tokenize = 'porter unicode61')`);
  const row = db.prepare<[string, number]>('insert into memory (text, at) values (?, ?)');
  const vector = db.prepare<[number | bigint, Buffer, Buffer, Buffer]>(
    'insert into vector values (?, ?, ?, ?)',
  );
  const index = db.prepare<[number | bigint, string]>('insert into memory_text (rowid, text) values (?, ?)');
  const select = db.prepare<[string, number], { id: number; text: string }>(
    'select m.id, m.text from memory_text join memory m on m.id = memory_text.rowid where memory_text match ? order by rank limit ?',
  );
  const add = (text: string): number => {
    const id = row.run(text, Date.now()).lastInsertRowid;
    vector.run(id, ...quantised(embed(text)));
    index.run(id, text);
    return Number(id);
  };
  return {
    addAll: db.transaction((texts: string[]) => texts.map(add)),
    search: (query: string, limit: number) => select.all(words(query), limit),
  };
}

const DIMENSIONS = 384;

function embed(text: string): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  for (const word of meaningful(text))
    for (let round = 0; round < 4; round++) {
      const hash = fnv(`${word}#${round}`);
      const at = hash % DIMENSIONS;
      vector[at] = (vector[at] ?? 0) + (hash >>> 31 ? 1 : -1);
    }
  const length = Math.sqrt(vector.reduce((total, value) => total + value * value, 0)) || 1;
  return vector.map(value => value / length);
}

function quantised(vector: Float32Array): [Buffer, Buffer, Buffer] {
  const bits = Buffer.alloc(DIMENSIONS / 8);
  const bytes = Buffer.alloc(DIMENSIONS);
  for (const [at, value] of vector.entries()) {
    if (value > 0) bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
    bytes.writeInt8(Math.max(-127, Math.min(127, Math.round(value * 600))), at);
  }
  return [bits, bytes, Buffer.from(vector.buffer)];
}

function fnv(text: string): number {
  let hash = 2166136261;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16777619);
  return hash >>> 0;
}

const STOP = new Set(
  'a an and are as at be by did do does for from has have how in is it of on or the to was we what when where which who why with'.split(
    ' ',
  ),
);

const meaningful = (text: string): string[] =>
  (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter(word => !STOP.has(word));

const words = (query: string): string =>
  meaningful(query)
    .map(word => `"${word}"`)
    .join(' OR ');
