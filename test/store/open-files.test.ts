import { readdirSync, readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openEngine } from '../../src/engine.js';
import { temporaryFolder } from '../support/mintmark.js';

/** How many files below a folder this process has open, whatever else of it is. */
const openBelow = (folder: string) =>
  readdirSync('/proc/self/fd').filter(fd => pathOf(fd).startsWith(folder)).length;

function pathOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    // Closed meanwhile, as the one that lists them is.
    return '';
  }
}

test.skipIf(process.platform !== 'linux')(
  'many namespaces keep few files open, and nothing written to any is lost',
  async () => {
    using folder = temporaryFolder();
    await using engine = openEngine({ db: folder.file('team.db'), openNamespaces: 3, scope: ['repo:a'] });
    const names = Array.from({ length: 20 }, (_, index) => `tenant-${index}`);
    const propose = (namespace: string, content: string) =>
      engine.memories.propose({ changes: [{ content }], commit: true }, engine.call({ namespace }));
    await Promise.all(names.map(name => propose(name, `first of ${name}`)));
    for (const name of names) await propose(name, `second of ${name}`);
    await expect.poll(() => openBelow(folder.file(''))).toBeLessThanOrEqual(3 * 8);
    for (const namespace of names) {
      const { counts } = await engine.status(engine.call({ namespace }));
      expect(counts.active_memories).toBe(2);
    }
  },
);

test('a subscriber hears of a write after its namespace was closed in between', async () => {
  using folder = temporaryFolder();
  await using engine = openEngine({ db: folder.file('team.db'), openNamespaces: 1, pollMs: 10 });
  const call = engine.call({ namespace: 'heard' });
  const heard: string[] = [];
  await engine.subscribe(events => heard.push(...events.map(({ type }) => type)), call);
  for (const content of ['one', 'two', 'three']) {
    for (const other of ['a', 'b', 'c']) await engine.status(engine.call({ namespace: other }));
    const seen = heard.length;
    await engine.memories.propose({ changes: [{ content }], commit: true }, call);
    await expect.poll(() => heard.length).toBeGreaterThan(seen);
  }
});
