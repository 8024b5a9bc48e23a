import type { Options } from '../config/options.js';

const LEVELS = ['silent', 'error', 'info', 'debug'] as const;

export type Entry = Readonly<Record<string, string | number | undefined>>;
export type Log = (level: 'error' | 'info', entry: Entry) => void;

/**
 * One JSON line an event on stderr. An entry is made of named values, never of headers, bodies or queries, so that no
 * secret and no memory gets into a log.
 */
export const logTo =
  (write: (line: string) => unknown, { logLevel }: Pick<Options, 'logLevel'>): Log =>
  (level, entry) => {
    if (LEVELS.indexOf(level) > LEVELS.indexOf(logLevel)) return;
    write(`${JSON.stringify({ time: new Date().toISOString(), level, ...entry })}\n`);
  };
