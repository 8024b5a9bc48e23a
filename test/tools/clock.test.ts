import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember, supersede } from '../support/remember.js';
import { eventsOf, openRun } from '../support/runs.js';

const DAY = 86_400_000;

describe.each([
  ['back a day', -DAY],
  ['forward a year', 365 * DAY],
  ['nowhere', -1],
])('a clock that moves %s between two writes', (_, jump) => {
  it('leaves the newer memory in place of the older', async () => {
    await using server = await connect();
    const old = await remember(server, 'The staging port is 80.');
    server.sources.forward(jump);
    const current = await supersede(server, [old], 'The staging port is 443.');
    server.sources.forward(jump);
    const last = await supersede(server, [current], 'The staging port is 8443.');
    const { hits } = await server.call('search', { query: 'staging port' });
    expect(hits).toMatchObject([{ uri: `memory://${last}` }]);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('leaves versions, patches, events and messages in the order they came in', async () => {
    await using server = await connect({ options: { tools: ['all'] } });
    const run_id = await openRun(server);
    const say = (content: string) =>
      server.call('session_append', {
        external_id: 'talk',
        create: true,
        messages: [{ role: 'user', content }],
      });
    for (const turn of [1, 2, 3]) {
      server.sources.forward(jump);
      await server.call('working_set_patch', {
        run_id,
        expected_seq: turn - 1,
        set: { next_action: `${turn}` },
      });
      await server.call('checkpoint', { session_summary: `${turn}`, high_level: `Turn ${turn}.` });
      await say(`Turn ${turn}.`);
    }
    const events = await eventsOf(server, run_id);
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_event, at) => at + 1));
    expect((await server.call('load_by_scope')).text).toContain('Turn 3.');
    const { text } = await server.call('fetch', { uri: 'session://talk' });
    expect(text).toMatch(/Turn 1\..*Turn 2\..*Turn 3\./s);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('keeps a page where it was', async () => {
    await using server = await connect();
    for (const place of ['orchard', 'harbour', 'lantern', 'meadow'])
      await remember(server, `A staging port serves the ${place}.`);
    const search = { query: 'staging port', limit: 2 };
    const first = await server.call('search', search);
    server.sources.forward(jump);
    const second = await server.call('search', { ...search, cursor: first.next_cursor });
    const uris = [...first.hits, ...second.hits].map(({ uri }) => uri);
    expect(new Set(uris).size).toBe(4);
  });
});
