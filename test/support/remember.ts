import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

type Caller = { call(name: string, args?: Record<string, unknown>): Promise<{ committed_ids: string[] }> };

/** Commits one memory and returns its id. */
export async function remember(
  caller: Caller,
  content: string,
  fields: Record<string, unknown> = {},
): Promise<string> {
  const proposed = await caller.call('memory_propose', { commit: true, changes: [{ content, ...fields }] });
  const [id] = proposed.committed_ids;
  if (!id) throw new Error(`Not committed: ${JSON.stringify(proposed)}`);
  return id;
}

/** Replaces memories by a new one and returns its id. */
export const supersede = (caller: Caller, old: readonly string[], content: string): Promise<string> =>
  remember(caller, content, { op: 'supersede', supersedes: old });

/** The path of a database that does not exist yet, in a folder that goes with the test. */
export function databasePath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mintmark-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'memory.db');
}
