import { expect, it } from 'vitest';
import { endpoint } from '../support/endpoint.js';
import { Place } from './command-line.js';

const flags = (url: string, model = 'scripted') => [
  ...['--embedder', 'http', '--embed-url', url, '--embed-model', model],
];

it('reindex makes what is missing and says what it did', async () => {
  using place = new Place();
  await using model = await endpoint();
  await place.propose([{ content: 'Deploys happen on Mondays' }, { content: 'Backups run at night' }]);
  const first = await place.run('reindex', ...flags(model.url));
  expect(first).toMatchObject({
    code: 0,
    out: expect.stringMatching(/openai:scripted:24, 24 dim.*\n *2 embedded/),
  });
  const again = await place.run('reindex', '--json', ...flags(model.url));
  expect(JSON.parse(again.out)).toMatchObject({ embedded: 0, removed: 0, dropped_models: 0 });
  const fresh = await place.run('reindex', '--fresh', '--json', ...flags(model.url));
  expect(JSON.parse(fresh.out)).toMatchObject({ embedded: 2 });
  const other = await place.run('reindex', '--json', ...flags(model.url, 'another'));
  expect(JSON.parse(other.out)).toMatchObject({ model: 'openai:another:24', embedded: 2, dropped_models: 1 });
  const status = async (name: string) => (await place.run('status', ...flags(model.url, name))).out;
  expect(await status('another')).toContain(' 0 embeddings pending');
  expect(await status('scripted')).toContain(' 2 embeddings pending');
});

it('reindex without an embedder exits with 1 and says which option to set', async () => {
  using place = new Place();
  const { code, err } = await place.run('reindex', '--embedder', 'none');
  expect(code).toBe(1);
  expect(err).toContain('--embedder');
});

it('the embedder transformers says what to install when it is not there', async () => {
  using place = new Place();
  const { code, err } = await place.run('reindex', '--embedder', 'transformers', '--embed-model', 'e5');
  expect(code).toBe(1);
  expect(err).toContain('npm install @huggingface/transformers');
});

it.each([
  [['--embedder', 'http'], '--embed-url'],
  [['--embedder', 'http', '--embed-url', 'http://127.0.0.1:1/v1'], '--embed-model'],
  [['--embedder', 'transformers'], '--embed-model'],
])('%s alone is refused as configuration', async (given, lacking) => {
  using place = new Place();
  const { code, err } = await place.run('reindex', ...given);
  expect(code).toBe(78);
  expect(err).toContain(lacking);
});

it('a key that cannot be sent is refused without being shown', async () => {
  using place = new Place();
  const { code, err } = await place.run('status', '--embed-key', 'two words');
  expect(code).toBe(78);
  expect(err).toContain('--embed-key');
  expect(err).not.toContain('two words');
});
