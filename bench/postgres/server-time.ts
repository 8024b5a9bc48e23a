import { readFileSync } from 'node:fs';
import type pg from 'pg';

/** Linux counts hundredths of a second. */
const TICK_MS = 10;

/**
 * Milliseconds of processor time that the server has spent on this program's connections, where it runs on this machine:
 * what others do there hardly changes it. NaN elsewhere.
 */
export async function serverTime(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = 'mintmark' and datname = current_database()`,
  );
  return rows.reduce((sum, { pid }) => sum + timeOf(pid), 0);
}

function timeOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return Number.NaN;
  }
}
