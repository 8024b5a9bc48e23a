/**
 * The floor: the least a durable memory server on the same parts can do. SDK v2, one file, rows, FTS5 and quantised
 * vectors (hashed words stand in for a model) that every search compares, FULL sync; no ledger, statuses, redaction,
 * look-alikes or packing. What mintmark costs above this is what its guarantees cost.
 */
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import Database from 'better-sqlite3';
import * as z from 'zod';
import { openCodes } from './floor-codes.js';
import { BYTES, embed, meaningful, quantised } from './floor-words.js';

type Store = ReturnType<typeof open>;
type Row = { readonly id: number; readonly text: string };

/** What fusion by rank takes of each list, and how many of the nearest by their bits are compared by their bytes. */
const LISTED = 50;
const COMPARED = 200;
const RANK = 60;

let opened: Store | undefined;
const store = (): Store => {
  opened ??= open(process.argv[2] ?? ':memory:');
  return opened;
};

const scopes = z.array(z.string());

serveStdio(() => {
  const server = new McpServer({ name: 'floor', version: '0' });
  const text = (value: unknown) => ({ content: [{ type: 'text' as const, text: JSON.stringify(value) }] });
  server.registerTool(
    'add',
    { description: 'Store one memory.', inputSchema: z.object({ text: z.string(), scope: z.string() }) },
    async input => text({ ids: store().addAll([input.text], [input.scope]) }),
  );
  server.registerTool(
    'add_many',
    { description: 'Store many memories.', inputSchema: z.object({ texts: z.array(z.string()), scopes }) },
    async input => text({ ids: store().addAll(input.texts, input.scopes) }),
  );
  server.registerTool(
    'search',
    {
      description: 'Find memories.',
      inputSchema: z.object({
        query: z.string(),
        limit: z.number().optional(),
        scope: z.string().optional(),
      }),
    },
    async input => text(store().search(input.query, input.limit ?? 10, input.scope)),
  );
  return server;
});

function open(path: string) {
  const db = new Database(path);
  db.pragma('journal_mode = wal');
  db.pragma('synchronous = full');
  db.exec(`
    create table if not exists memory (id integer primary key, scope text not null, text text not null, at integer not null);
    create table if not exists vector (id integer primary key, bits blob not null, bytes blob not null, floats blob not null);
    create virtual table if not exists memory_text using fts5
      (text, scope, content = '', contentless_delete = 1, tokenize = 'porter unicode61')`);
  const row = db.prepare<[string, string, number]>('insert into memory (scope, text, at) values (?, ?, ?)');
  const vector = db.prepare<[number | bigint, Buffer, Buffer, Buffer]>(
    'insert into vector values (?, ?, ?, ?)',
  );
  const index = db.prepare<[number | bigint, string, string]>(
    'insert into memory_text (rowid, text, scope) values (?, ?, ?)',
  );
  const matching = db
    .prepare<[string, number], number>(
      'select rowid from memory_text where memory_text match ? order by rank limit ?',
    )
    .pluck();
  const bytesOf = db.prepare<[number], Buffer>('select bytes from vector where id = ?').pluck();
  const get = db.prepare<[number], Row>('select id, text from memory where id = ?');
  const codes = openCodes(db);

  const add = (text: string, scope = ''): number => {
    const id = row.run(scope, text, Date.now()).lastInsertRowid;
    vector.run(id, ...quantised(embed(text)));
    index.run(id, text, `zzns${scope}`);
    return Number(id);
  };
  const addAll = db.transaction((texts: string[], of: string[]) =>
    texts.map((text, at) => add(text, of[at])),
  );

  const byWords = (words: readonly string[], scope: string | undefined): number[] => {
    if (words.length === 0) return [];
    const any = `text : (${words.map(word => `"${word}"`).join(' OR ')})`;
    return matching.all(scope === undefined ? any : `scope : zzns${scope} AND ${any}`, LISTED);
  };

  const byMeaning = (query: string, scope: string | undefined): number[] => {
    const [bits, own] = quantised(embed(query));
    const scored = codes.nearest(bits, COMPARED, scope).map(id => {
      const bytes = bytesOf.get(id) ?? own;
      let sum = 0;
      for (let at = 0; at < BYTES; at++)
        sum += (((bytes[at] ?? 0) << 24) >> 24) * (((own[at] ?? 0) << 24) >> 24);
      return { id, sum };
    });
    return scored
      .sort((left, right) => right.sum - left.sum)
      .slice(0, LISTED)
      .map(({ id }) => id);
  };

  return {
    addAll: (texts: string[], of: string[]) => {
      const ids = addAll.immediate(texts, of);
      codes.changed();
      return ids;
    },
    search(query: string, limit: number, scope: string | undefined) {
      const scores = new Map<number, number>();
      const count = (ids: readonly number[], weight: number) => {
        for (const [rank, id] of ids.entries())
          scores.set(id, (scores.get(id) ?? 0) + weight / (RANK + rank));
      };
      count(byWords([...new Set(meaningful(query))], scope), 1);
      count(byMeaning(query, scope), 0.5);
      const best = [...scores].sort((left, right) => right[1] - left[1]).slice(0, limit);
      return best.map(([id]) => get.get(id));
    },
  };
}
