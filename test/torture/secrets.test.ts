import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  environment,
  mintmark,
  type Outcome,
  outcomeOf,
  startMintmark,
  temporaryFolder,
} from '../support/mintmark.js';
import { plantSecrets } from '../support/secrets.js';
import { Spawned } from '../support/spawn.js';

it('keeps every planted secret out of the files, the log, the replies and the export', async () => {
  using folder = temporaryFolder();
  const db = folder.file('secrets.db');
  const planted = plantSecrets();
  await using server = await startMintmark(db);
  const failures: string[] = [];
  const call = async (name: string, args: Record<string, unknown>): Promise<Outcome> => {
    const outcome = outcomeOf(await server.call(name, args));
    if ('failure' in outcome) failures.push(outcome.failure);
    return outcome;
  };
  for (const [index, { text }] of planted.entries()) {
    const content = `Note ${index}: ${text}`.slice(0, 8000);
    const change = { content, rationale: text.slice(0, 2000), ...(text.length <= 100 && { tags: [text] }) };
    const args = { changes: [change], idempotency_key: `${index} ${text}`.slice(0, 200) };
    const proposed = await call('memory_propose', args);
    await call('memory_propose', args);
    if ('failure' in proposed) continue;
    const { batch_id } = proposed.value;
    const decision = index % 3 === 0 ? { decision: 'reject', reason: text.slice(0, 2000) } : {};
    await call('memory_commit', { batch_id, ...decision, idempotency_key: `decide-${index}` });
  }
  expect(failures).toEqual([]);
  const files = [db, `${db}-wal`, `${db}-shm`].filter(existsSync).map(file => readFileSync(file));
  const places = {
    files: Buffer.concat(files),
    log: Buffer.from(server.stderr),
    replies: Buffer.from(JSON.stringify(server.replies)),
    export: Buffer.from(await exported(db)),
  };
  const short = (secret: string) => secret.length < 6;
  for (const [place, bytes] of Object.entries(places)) {
    // A PIN of four digits is in any hash by chance.
    const found = planted.filter(({ secret }) => !short(secret) && bytes.includes(secret));
    expect(
      found.map(({ kind, text }) => `${kind}: ${text}`),
      place,
    ).toEqual([]);
  }
});

async function exported(db: string): Promise<string> {
  await using program = new Spawned([...mintmark, 'export'], environment(db));
  const chunks: string[] = [];
  program.child.stdout?.on('data', chunk => chunks.push(String(chunk)));
  expect(await program.ends()).toEqual({ code: 0, signal: null });
  const text = chunks.join('');
  expect(text).toContain('[redacted:');
  return text;
}
