import pg from 'pg';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../../src/engine.js';
import { fillWithEverything, openFixed } from '../store/everything.js';
import { temporaryFolder } from '../support/mintmark.js';

const db = temporaryFolder().file('tenants.db');

beforeAll(async () => {
  await using engine = openFixed(db);
  await fillWithEverything(engine);
}, 600_000);

const findings = async (engine: Engine) => (await engine.verify({ deep: true })).findings;

describe('a namespace beside another in the same tables', () => {
  it('is given nothing of it by its upkeep, and is sound', async () => {
    await using other = openFixed(db, { namespace: 'team-b' });
    await other.memories.propose({ changes: [{ content: 'All that there is.' }], commit: true });
    expect((await other.maintain()).indexed).toBe(0);
    expect(
      (await other.search({ query: '', all: true, statuses: ['active', 'proposed'] })).hits,
    ).toHaveLength(1);
    expect(await findings(other)).toEqual([]);
    await using engine = openFixed(db);
    expect(await findings(engine)).toEqual([]);
  });

  it('is named in every statement that is asked in it', async () => {
    const nameless = new Set<string>();
    const prototype: { query(...given: unknown[]): unknown } = Object(pg.Client.prototype);
    const { query } = prototype;
    const spy = vi.spyOn(prototype, 'query').mockImplementation(function (
      this: pg.Client,
      ...given: unknown[]
    ) {
      const [asked, more] = given;
      const { text = asked, values = more } = Object(asked);
      if (!`${text} ${JSON.stringify(values)}`.includes('team-c')) nameless.add(String(text).trim());
      return query.apply(this, given);
    });
    await using engine = openFixed(db, { namespace: 'team-c', retention: ['fact'] });
    await fillWithEverything(engine);
    await engine.maintain();
    await engine.search({ query: 'storage', all: true });
    expect((await engine.status()).counts.events).toBeGreaterThan(10);
    await engine.settled();
    await findings(engine);
    spy.mockRestore();
    // What opens the database, ends a transaction, or looks at the catalogues and at all namespaces together.
    const known =
      /^(?:begin|commit|rollback)$|^(?:create|set|alter table) |migration|pg_(?:class|constraint|attribute|extension|notify)|to_regclass|current_schema|set_config|recursive used/;
    expect([...nameless].filter(text => !known.test(text))).toEqual([]);
  });
});
