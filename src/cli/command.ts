import type { Command as Program } from 'commander';
import type { Engine } from '../engine.js';

export type Given = { readonly arguments: readonly string[]; readonly flags: Readonly<Record<string, unknown>> };

/** One command besides `serve`. `work` returns the exit code. */
export type Command = {
  readonly name: string;
  readonly description: string;
  configure?(program: Program): void;
  work(engine: Engine, given: Given): Promise<number>;
};

/** One JSON document for machines, or lines for people. */
export function print({ flags }: Given, value: unknown, lines: () => readonly string[]): void {
  process.stdout.write(flags['json'] === true ? `${JSON.stringify(value, null, 2)}\n` : `${lines().join('\n')}\n`);
}
