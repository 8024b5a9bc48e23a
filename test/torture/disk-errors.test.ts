import { copyFileSync } from 'node:fs';
import { constants } from 'node:os';
import { expect, it } from 'vitest';
import { buildFaultyDisk } from '../support/faulty-disk.js';
import { environment, mintmark, openFile, temporaryFolder } from '../support/mintmark.js';
import { Spawned } from '../support/spawn.js';
import { work } from './disk-work.js';

/** Every so many of the first calls on the disk fails, one a server, alone or with all that follow: 1 tries each. */
const STEP = Number(process.env.MINTMARK_DISK_STEP ?? 20);
const CALLS = 120;
const { EIO, ENOSPC } = constants.errno;

const folder = temporaryFolder();
const disk = buildFaultyDisk(folder.file('disk.so'));

it.skipIf(disk === undefined).each([
  ['EIO', EIO, false, 1],
  ['EIO', EIO, true, 6],
  ['ENOSPC', ENOSPC, false, 11],
  ['ENOSPC', ENOSPC, true, 16],
])(
  'a disk that says %s (%i, and goes on saying so: %s) makes errors with a name, and nothing half done',
  async (_, error, sticky, first) => {
    const base = folder.file(`base-${error}-${sticky}.db`);
    {
      await using engine = openFile(base);
      await engine.memories.propose({ changes: [{ content: 'The disk was sound.' }], commit: true });
    }
    let failed = 0;
    for (let call = Math.min(first, STEP); call <= CALLS; call += STEP) {
      const db = folder.file(`at-${error}-${sticky}-${call}.db`);
      copyFileSync(base, db);
      failed += await surviveFault(db, { call, error, sticky });
    }
    expect(failed).toBeGreaterThan(0);
  },
);

type Fault = { readonly call: number; readonly error: number; readonly sticky: boolean };

/** Works while one call on the disk fails, is killed, and looks at what is left. Returns how many calls failed. */
async function surviveFault(db: string, { call, error, sticky }: Fault): Promise<number> {
  await using server = new Spawned(mintmark, {
    ...environment(db),
    MINTMARK_EMBEDDER: 'none',
    LD_PRELOAD: disk,
    DISK_DATABASE: db,
    DISK_FAIL_AT: String(call),
    DISK_ERROR: String(error),
    DISK_STICKY: sticky ? '1' : '0',
  });
  await server.initialize();
  const { promised, asked, failures } = await work(server, 2);
  server.child.kill('SIGKILL');
  await server.exited;
  const when = `call ${call}`;
  for (const failure of failures) expect(failure, when).toMatch(/^(?:io_error|disk_full|cannot_open): /);
  await using engine = openFile(db);
  expect((await engine.verify({ deep: true })).findings, when).toEqual([]);
  expect(await promised.broken(db, asked), when).toEqual([]);
  return failures.length;
}
