/** Loaded before a program: its process dies of SIGKILL right before the commit that DIE_AT_COMMIT counts to. */
import BetterSqlite3 from 'better-sqlite3';

const last = Number(process.env.DIE_AT_COMMIT);
let commits = 0;

const { exec } = BetterSqlite3.prototype;
BetterSqlite3.prototype.exec = function (source) {
  if (source === 'commit') commits += 1;
  if (source === 'commit' && commits === last) {
    process.kill(process.pid, 'SIGKILL');
    // The signal may take a moment to arrive; nothing is committed until it does.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  return exec.call(this, source);
};
