/**
 * The floor: the least a durable memory server on the same parts can do. SDK v2, one file, FTS5, FULL sync; no
 * ledger, scopes, redaction, look-alikes or packing. What mintmark costs above this is what its guarantees cost.
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
  db.exec("create virtual table if not exists memory using fts5(text, tokenize = 'porter unicode61')");
  const insert = db.prepare<[string]>('insert into memory (text) values (?)');
  const select = db.prepare<[string, number], { id: number; text: string }>(
    'select rowid as id, text from memory where memory match ? order by rank limit ?',
  );
  return {
    addAll: db.transaction((texts: string[]) => texts.map(text => Number(insert.run(text).lastInsertRowid))),
    search: (query: string, limit: number) => select.all(words(query), limit),
  };
}

const STOP = new Set(
  'a an and are as at be by did do does for from has have how in is it of on or the to was we what when where which who why with'.split(
    ' ',
  ),
);

const words = (query: string): string =>
  (query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])
    .filter(word => !STOP.has(word))
    .map(word => `"${word}"`)
    .join(' OR ');
