import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { httpWriter } from '../../src/models/writers/http.js';
import { answer, say, scriptedModel, type Turn } from '../support/model.js';

const KEY = 'sk-secret-0123456789';

type Style = 'openai' | 'anthropic';

/** What one request for a text comes to, and how often the endpoint was asked for it. */
async function asked(
  script: readonly Turn[],
  { style = 'openai' as Style, signal = new AbortController().signal } = {},
) {
  await using model = await scriptedModel(...script);
  const writer = httpWriter({ url: `${model.url}/`, model: 'tiny', key: KEY, style });
  const asking = { instructions: 'Sum up.', text: 'Long.', maxTokens: 70, signal };
  const outcome = await writer.write(asking).catch((error: unknown) => error);
  expect(inspect([outcome, writer], { depth: 9 })).not.toContain('secret');
  return { outcome, requests: model.asked };
}

const begins: Turn = response => void response.writeHead(200).write('{"choices": [');

describe.each(['openai', 'anthropic'] as const)('a writer that speaks %s', style => {
  it('sends the instructions, the text, the limit and the key, and gives back the text', async () => {
    const { outcome, requests } = await asked(['A summary.'], { style });
    expect(outcome).toBe('A summary.');
    const [first] = requests;
    if (!first) throw new Error('nothing was asked');
    const { path, headers, body } = first;
    expect(body).toMatchObject({ model: 'tiny', max_tokens: 70 });
    expect(body.messages.at(-1)).toEqual({ role: 'user', content: 'Long.' });
    expect(body.system ?? body.messages[0]?.content).toBe('Sum up.');
    expect(path).toBe(style === 'openai' ? '/v1/chat/completions' : '/v1/messages');
    expect(headers.authorization ?? headers['x-api-key']).toBe(style === 'openai' ? `Bearer ${KEY}` : KEY);
  });

  it('tells an answer that was cut off from one that failed', async () => {
    const { outcome } = await asked([response => say(response, 'A summ', 'length')], { style });
    expect(outcome).toMatchObject({ code: 'too_large' });
  });

  it.each<[string, Turn]>([
    ['half of its JSON', response => void response.end(answer('A summary.').slice(0, 40))],
    ['another shape', response => void response.end('{"choices": [], "content": "no"}')],
    ['no JSON at all', response => void response.end('<html>')],
    ['a refusal', { status: 401 }],
    ['a redirect', { status: 307, headers: { location: 'http://127.0.0.1:9/' } }],
  ])('fails at once on %s', async (_what, turn) => {
    const { outcome, requests } = await asked([turn], { style });
    expect(outcome).toMatchObject({ code: 'unavailable' });
    expect(requests).toHaveLength(1);
  });
});

describe('a writer over HTTP', () => {
  it('asks again after 429 and 5xx, when Retry-After says, at most three times', async () => {
    const soon = { status: 429, headers: { 'retry-after': '0' } };
    const later = { status: 503, headers: { 'retry-after': new Date(0).toUTCString() } };
    const recovered = await asked([soon, later, 'At last.']);
    expect(recovered).toMatchObject({ outcome: 'At last.', requests: { length: 3 } });
    const failed = await asked([soon, soon, soon, 'Too late.']);
    expect(failed).toMatchObject({ outcome: { code: 'unavailable' }, requests: { length: 3 } });
    expect((await asked([{ status: 500 }, 'Later.'])).outcome).toBe('Later.');
  });

  it('does not wait for longer than it may', async () => {
    const { outcome, requests } = await asked([
      { status: 429, headers: { 'retry-after': '3600' } },
      'Later.',
    ]);
    expect(outcome).toMatchObject({ code: 'unavailable', message: expect.stringContaining('429') });
    expect(requests).toHaveLength(1);
  });

  it.each<[string, Turn]>([
    ['never begins', () => {}],
    ['never ends', begins],
  ])('ends with its signal when an answer %s, and pays only once', async (_what, turn) => {
    const late = new AbortController();
    const hanging: Turn = (response, request) => {
      if (typeof turn === 'function') turn(response, request);
      late.abort(new DOMException('It took too long.', 'TimeoutError'));
    };
    const { outcome, requests } = await asked([hanging], late);
    expect(outcome).toMatchObject({ code: 'unavailable', message: expect.stringContaining('in time') });
    expect(requests).toHaveLength(1);
  });

  it('says so when nobody is there', async () => {
    const writer = httpWriter({ url: 'http://127.0.0.1:9', model: 'x', key: undefined, style: 'openai' });
    const asking = { instructions: '', text: '', maxTokens: 1, signal: new AbortController().signal };
    await expect(writer.write(asking)).rejects.toThrow(/127\.0\.0\.1:9 cannot be reached/);
  });
});
