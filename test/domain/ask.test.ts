import { expect, it } from 'vitest';
import { systemSources } from '../../src/sources.js';
import { ask } from '../../src/writing/ask.js';
import { storeFor } from '../support/engines.js';

const options = { writerCallsPerHour: 10, writerTimeoutMs: 600_000 };
const commission = {
  namespace: 'default',
  subjects: ['ses_1'],
  attempts: [
    {
      asking: () => ({ instructions: '', text: '', maxTokens: 1 }),
      judge: async (value: string) => ({ value }),
    },
  ],
  signal: undefined,
};

it('asks no model about what others finished since it was looked at', async () => {
  const store = storeFor(':memory:');
  const asked: string[] = [];
  const model = { name: 'scripted', write: async () => `answer ${asked.push('once')}` };
  const parts = { store, sources: systemSources, options };
  try {
    const late = await ask(parts, model, { ...commission, wanted: async () => false });
    expect(late).toEqual({ is: 'refused', why: 'done' });
    expect(asked).toEqual([]);
    const first = await ask(parts, model, { ...commission, wanted: async () => true });
    expect(first).toEqual({ is: 'written', value: 'answer 1', by: 'scripted' });
  } finally {
    await store.close();
  }
});
