import { setImmediate as afterOthers } from 'node:timers/promises';

/** As long as one short write. */
const STRETCH_MS = 10;

let began: number | undefined;

/**
 * SQLite answers at once, so transactions that wait for each other are one chain of promises: of hundreds of calls no
 * reply would be written, and no signal heard, before the last is done. Called between two transactions of any file.
 */
export async function giveWay(): Promise<void> {
  if (began === undefined) {
    began = performance.now();
    setImmediate(() => {
      began = undefined;
    });
  } else if (performance.now() - began > STRETCH_MS) await afterOthers();
}
