import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { buildFaultyDisk, type DiskCall, readJournal } from '../support/faulty-disk.js';
import {
  environment,
  mintmark,
  openFile,
  randomFrom,
  seedOfRun,
  temporaryFolder,
} from '../support/mintmark.js';
import { Spawned } from '../support/spawn.js';
import { Promised, work } from './disk-work.js';

const POINTS = Number(process.env.MINTMARK_POWER_POINTS ?? 30);
const SEED = seedOfRun();

const folder = temporaryFolder();
const disk = buildFaultyDisk(folder.file('disk.so'));

it.skipIf(disk === undefined)(
  `keeps every acknowledged write at ${POINTS} moments of power loss (MINTMARK_SEED=${SEED})`,
  { timeout: 600_000 + POINTS * 2_000 },
  async () => {
    console.log(`MINTMARK_SEED=${SEED}`);
    const random = randomFrom(SEED);
    const { base, calls, asked } = await record();
    expect(calls.filter(({ op }) => op === 'sync').length).toBeGreaterThan(20);
    let kept = 0;
    for (let point = 0; point < POINTS; point += 1) {
      const end = 1 + Math.floor(random() * calls.length);
      const lost = LOSSES[point % LOSSES.length] ?? 'all';
      const db = folder.file(`image-${point}.db`);
      const { database, log } = imageOf(base, calls.slice(0, end), { lost, random });
      writeFileSync(db, database);
      if (log.length > 0) writeFileSync(`${db}-wal`, log);
      const when = `after ${end} of ${calls.length} calls, ${lost} of what was not synced lost`;
      const promised = promisedBy(calls.slice(0, end));
      await using engine = openFile(db);
      expect((await engine.verify({ deep: true })).findings, when).toEqual([]);
      expect(await promised.broken(db, asked), when).toEqual([]);
      kept += promised.count;
    }
    expect(kept).toBeGreaterThan(POINTS);
  },
);

/** What a server does on its disk while it writes, from the bytes of a database at rest on. */
async function record() {
  const db = folder.file('power.db');
  {
    await using engine = openFile(db);
    await engine.status();
  }
  const base = readFileSync(db);
  const journal = folder.file('journal');
  await using server = new Spawned(mintmark, {
    ...environment(db),
    LD_PRELOAD: disk,
    DISK_DATABASE: db,
    DISK_JOURNAL: journal,
  });
  await server.initialize();
  const { asked, failures } = await work(server, 12);
  expect(failures).toEqual([]);
  server.child.kill('SIGKILL');
  await server.exited;
  return { base, calls: readJournal(journal), asked };
}

const Reply = z.object({ result: z.object({ structuredContent: z.looseObject({}) }) });

/** What the client had been told by then, in whole lines. */
function promisedBy(calls: readonly DiskCall[]): Promised {
  const said = Buffer.concat(calls.flatMap(({ file, bytes }) => (file === 'stdout' ? bytes : []))).toString();
  const promised = new Promised();
  for (const line of said.split('\n').slice(0, -1)) {
    const reply = Reply.safeParse(JSON.parse(line));
    if (reply.success) promised.hear(reply.data.result.structuredContent);
  }
  return promised;
}

/** What becomes of writes that were not synced when the power goes: a disk may have done any part of them. */
const LOSSES = ['all', 'some writes', 'some sectors'] as const;
type Loss = { readonly lost: (typeof LOSSES)[number]; readonly random: () => number };
const SECTOR = 512;

/** Both files as they lie on the disk after some calls. */
function imageOf(base: Buffer, calls: readonly DiskCall[], loss: Loss) {
  const own = (name: DiskCall['file']) => calls.filter(({ file }) => file === name);
  return {
    database: fileAfter(base, own('database'), loss),
    log: fileAfter(Buffer.alloc(0), own('log'), loss),
  };
}

function fileAfter(base: Buffer, calls: readonly DiskCall[], { lost, random }: Loss): Buffer {
  let file: Buffer = Buffer.from(base);
  let waiting: DiskCall[] = [];
  for (const call of calls)
    if (call.op === 'sync') {
      file = waiting.reduce(after, file);
      waiting = [];
    } else if (call.op === 'unlink') {
      file = Buffer.alloc(0);
      waiting = [];
    } else waiting.push(call);
  if (lost === 'all') return file;
  const parts = lost === 'some sectors' ? waiting.flatMap(sectorsOf) : waiting;
  return parts.filter(() => random() < 0.5).reduce(after, file);
}

function after(file: Buffer, { op, offset, length, bytes }: DiskCall): Buffer {
  const size = op === 'truncate' ? length : Math.max(file.length, offset + length);
  const grown = size > file.length ? Buffer.concat([file, Buffer.alloc(size - file.length)]) : file;
  if (op === 'truncate') return Buffer.from(grown.subarray(0, size));
  bytes.copy(grown, offset);
  return grown;
}

const sectorsOf = (call: DiskCall): DiskCall[] =>
  call.op === 'truncate'
    ? [call]
    : Array.from({ length: Math.ceil(call.length / SECTOR) }, (_, at) => {
        const bytes = call.bytes.subarray(at * SECTOR, (at + 1) * SECTOR);
        return { ...call, bytes, offset: call.offset + at * SECTOR, length: bytes.length };
      });
