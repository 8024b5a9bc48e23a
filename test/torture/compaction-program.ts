/**
 * Does one act to a database and dies of SIGKILL right before the n-th step of its transactions, a step being whatever
 * the driver is told to run, BEGIN and COMMIT included. The driver is hooked from here; nothing in src knows of it.
 * Without an n it lives, and says how many steps there were and which of them were commits.
 */
import { readFileSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import pg from 'pg';
import { z } from 'zod';
import { Act, openForAct, perform } from './compaction-act.js';

const Job = z.object({ db: z.string(), act: Act, kill: z.int().optional() });
const { db, act, kill } = Job.parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));

let steps = 0;
let writing = false;
const commits: number[] = [];

if (db.startsWith('postgres')) hookPostgres();
else hook();
const engine = openForAct(db);
await perform(engine, act);
await engine.close();
console.log(JSON.stringify({ steps, commits }));

function step(): void {
  steps += 1;
  if (steps !== kill) return;
  process.kill(process.pid, 'SIGKILL');
  // The signal may take a moment to arrive; nothing runs on until it does.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function hook(): void {
  const { exec } = BetterSqlite3.prototype;
  BetterSqlite3.prototype.exec = function (source) {
    writing ||= source === 'begin immediate';
    if (writing) step();
    if (source === 'commit') commits.push(steps);
    if (source === 'commit' || source === 'rollback') writing = false;
    return exec.call(this, source);
  };
  const statement = Object.getPrototypeOf(new BetterSqlite3(':memory:').prepare('select 1'));
  for (const name of ['run', 'get', 'all']) {
    const original = statement[name];
    statement[name] = function (...values: unknown[]) {
      if (writing) step();
      return original.apply(this, values);
    };
  }
}

function hookPostgres(): void {
  const prototype: { query(...given: unknown[]): unknown } = Object(pg.Client.prototype);
  const { query } = prototype;
  const writers = new WeakSet<pg.Client>();
  prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const [asked] = given;
    const text = typeof asked === 'string' ? asked : String(Object(asked).text);
    if (text.startsWith('begin;')) writers.add(this);
    if (writers.has(this)) step();
    if (text === 'commit' && writers.has(this)) commits.push(steps);
    if (text === 'commit' || text === 'rollback') writers.delete(this);
    return query.apply(this, given);
  };
}
