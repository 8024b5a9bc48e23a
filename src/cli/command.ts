import type { Command as Program } from 'commander';
import type { Engine } from '../engine.js';

export type Given = {
  readonly arguments: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
};

/** One command besides `serve`. `work` returns the exit code. */
export type Command = {
  readonly name: string;
  readonly description: string;
  configure?(program: Program): void;
  work(engine: Engine, given: Given): Promise<number>;
};

/** One JSON document for machines, or lines for people. */
export function print({ flags }: Pick<Given, 'flags'>, value: unknown, lines: () => readonly string[]): void {
  process.stdout.write(
    flags.json === true ? `${JSON.stringify(value, null, 2)}\n` : `${plain(lines().join('\n'))}\n`,
  );
}

/** Stored text may hold escape sequences and direction marks, which would let it steer the terminal. */
export const plain = (text: string): string =>
  text.replace(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');

/** A line of a report: how many there are of what. */
export const counted = (count: number, what: string): string => `${String(count).padStart(8)} ${what}`;
