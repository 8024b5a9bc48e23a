import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

type Hit = { uri: string; score: number; parts: { certainty?: number } };
type Server = Awaited<ReturnType<typeof connect>>;

const OTHERS = [
  'Invoices are sent on Fridays.',
  'The harbour freezes over in January.',
  'Tea is drunk at five.',
];
const QUERY = 'who teaches quantum chromodynamics?';

async function filled(...texts: string[]): Promise<Server & { ids: string[] }> {
  const server = await connect({ options: { embedder: 'static' } });
  const ids: string[] = [];
  for (const text of texts) ids.push(await remember(server, text));
  await server.engine.settled();
  return { ...server, ids };
}

const search = async (server: Server, query: string): Promise<Hit[]> =>
  (await server.call('search', { query, explain: true })).hits;

describe('how sure the best hit is', () => {
  it('lowers every score where nothing says much of the query', async () => {
    await using server = await filled(...OTHERS);
    const weak = [QUERY, 'holidays in the mountains', 'the password of the printer', 'how old is the dog'];
    const hits = (await Promise.all(weak.map(query => search(server, query)))).flat();
    expect(hits).not.toEqual([]);
    for (const { score, parts } of hits) {
      expect(score).toBeLessThan(0.3);
      expect(parts.certainty).toBeLessThan(0.3);
    }
  });

  it('keeps what is left after a purge from passing for what was purged', async () => {
    await using server = await filled('Ada teaches quantum chromodynamics.', ...OTHERS);
    const [best] = await search(server, QUERY);
    expect(best?.score).toBeGreaterThan(0.8);
    await server.call('memory_forget', { ids: [server.ids[0]], purge: true });
    for (const { score } of await search(server, QUERY)) expect(score).toBeLessThan(0.3);
  });

  it('leaves the score of what holds the words as the formula has it', async () => {
    await using server = await filled(...OTHERS);
    const [best] = await search(server, 'when does the harbour freeze over');
    expect(best?.parts.certainty).toBeUndefined();
    expect(best?.score).toBeCloseTo(0.85, 2);
  });

  it('is said where no hit holds a word of the query, and only there', async () => {
    await using server = await filled(...OTHERS);
    const note = async (query: string) => (await server.call('search', { query })).note;
    expect(await note('holidays in the mountains')).toBe(
      'No hit holds a word of the query: they are near in meaning at most.',
    );
    expect(await note('when is the harbour open?')).toBeUndefined();
    expect(await note('')).toBeUndefined();
  });

  it('goes by the words of messages too', async () => {
    await using server = await filled();
    await server.call('session_append', {
      messages: OTHERS.map(content => ({ role: 'user', content })),
    });
    await server.engine.settled();
    const [near] = await search(server, 'the harbour freezes over');
    expect(near?.score).toBeCloseTo(1, 2);
    for (const { score } of await search(server, QUERY)) expect(score).toBeLessThan(0.3);
  });
});
