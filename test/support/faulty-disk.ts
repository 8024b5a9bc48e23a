import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('faulty-disk.c', import.meta.url));

/** Builds what is preloaded into a server to record or fail its writes; undefined where that cannot be, which is said. */
export function buildFaultyDisk(target: string): string | undefined {
  try {
    if (process.platform !== 'linux') throw new Error(`LD_PRELOAD is not for ${process.platform}`);
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', target, SOURCE, '-ldl', '-lpthread'], {
      stdio: 'pipe',
    });
    return target;
  } catch (error) {
    console.warn(`!!! NOT RUN, for want of a C compiler or of Linux: ${String(error)}`);
    return undefined;
  }
}

const OPS = [undefined, 'write', 'sync', 'truncate', 'unlink'] as const;
const FILES = ['database', 'log', 'stdout'] as const;

/** One call of a server on its disk, or bytes to its client. `length` is that of `bytes`, or what a file was cut to. */
export type DiskCall = {
  readonly op: 'write' | 'sync' | 'truncate' | 'unlink';
  readonly file: 'database' | 'log' | 'stdout';
  readonly offset: number;
  readonly length: number;
  readonly bytes: Buffer;
};

/** What was recorded, in order. A last record that was cut off by a kill is left out. */
export function readJournal(path: string): DiskCall[] {
  const journal = readFileSync(path);
  const calls: DiskCall[] = [];
  for (let at = 0; at + 18 <= journal.length; ) {
    const op = OPS[journal.readUInt8(at)];
    const file = FILES[journal.readUInt8(at + 1)];
    if (!op || !file) throw new Error(`No record at ${at}.`);
    const [offset, length] = [2, 10].map(field => Number(journal.readBigInt64LE(at + field)));
    const bytes = journal.subarray(at + 18, at + 18 + (op === 'write' ? (length ?? 0) : 0));
    if (op === 'write' && bytes.length < (length ?? 0)) return calls;
    calls.push({ op, file, offset: offset ?? 0, length: length ?? 0, bytes });
    at += 18 + bytes.length;
  }
  return calls;
}
