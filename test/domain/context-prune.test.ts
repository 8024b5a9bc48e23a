import { describe, expect, it } from 'vitest';
import { type BuildOptions, build } from '../../src/context/build.js';
import { measureBy } from '../../src/context/measure.js';
import type { GivenMessage } from '../../src/schema/message.js';
import { messageCounter } from '../../src/session/count.js';
import { counted } from '../support/conversations.js';

const counter = await messageCounter({ encoding: 'o200k_base', factor: 1 });
const measure = measureBy(counter);

const settings = (prune = { protect: 40_000, minimum: 20_000 }): BuildOptions => ({
  strategy: 'lossless',
  budget: 10_000_000,
  chunkSize: 5,
  prune,
});

const LONG = 'line of output\n'.repeat(1500);
const tool = (id: string, output: string, name = 'bash'): GivenMessage[] => [
  { role: 'assistant', parts: [{ type: 'tool_call', call_id: id, name, arguments: {} }] },
  { role: 'tool', parts: [{ type: 'tool_result', call_id: id, output }] },
];
const calls = (times: number, output = LONG, name?: string) =>
  Array.from({ length: times }, (_, at) => tool(`call_${at}`, output, name)).flat();
const built = (given: readonly GivenMessage[], prune?: BuildOptions['prune']) =>
  build(counted(given, counter.count), settings(prune), measure);
const ask: GivenMessage = { role: 'user', content: 'Go on.' };

describe('pruning', () => {
  it('leaves outputs whole while nothing is to be gained by it', async () => {
    const { tombstones } = await built([ask, ...calls(10)]);
    expect(tombstones).toEqual([]);
  });

  it('replaces outputs beyond the newest 40,000 tokens once 20,000 can be saved', async () => {
    const { messages, tombstones, total_tokens } = await built([ask, ...calls(20)]);
    expect(tombstones.length).toBeGreaterThan(4);
    expect(tombstones.reduce((sum, { saved }) => sum + saved, 0)).toBeGreaterThanOrEqual(20_000);
    const outputs = messages.flatMap(({ parts }) =>
      parts.flatMap(part => (part.type === 'tool_result' ? [part.output] : [])),
    );
    expect(outputs[0]).toMatch(/^\[Output of bash, \d+ tokens, kept in message m3\]$/);
    expect(outputs.slice(-8).every(output => output === LONG)).toBe(true);
    expect(total_tokens).toBeGreaterThan(40_000);
  });

  it('protects the last two user messages when they are less than eight groups', async () => {
    const given = [ask, ...calls(6), ask, ask];
    const { tombstones } = await built(given, { protect: 0, minimum: 1 });
    expect(tombstones).toHaveLength(6);
    expect((await built([ask, ask, ...calls(6)], { protect: 0, minimum: 1 })).tombstones).toEqual([]);
  });

  it('protects the newest eight groups when they are less than two user messages', async () => {
    const { tombstones } = await built([ask, ...calls(10)], { protect: 0, minimum: 1 });
    expect(tombstones.map(({ call_id }) => call_id)).toEqual(['call_0', 'call_1']);
  });

  it('never takes the output of a skill', async () => {
    const { tombstones } = await built([ask, ...calls(30, LONG, 'skill')]);
    expect(tombstones).toEqual([]);
  });

  it('keeps an output that a tombstone would not shorten, and names the blobs of one it takes', async () => {
    const given = [ask, ...tool('short', 'ok'), ...tool('long', `${LONG} blob://blob_7 and blob://blob_8`)];
    const { messages, tombstones } = await built([...given, ...calls(8, 'ok')], { protect: 0, minimum: 1 });
    expect(tombstones.map(({ call_id }) => call_id)).toEqual(['long']);
    expect(JSON.stringify(messages)).toContain('kept in message m5; blob://blob_7; blob://blob_8]');
  });

  it('goes in steps: what is pruned stays so, and between steps nothing changes', async () => {
    const messages = counted([ask, ...calls(40, 'ok '.repeat(200))], counter.count);
    const sizes = new Set<number>();
    for (let length = 1; length <= messages.length; length += 1) {
      const prune = { protect: 1600, minimum: 800 };
      const { tombstones, steps } = await build(messages.slice(0, length), settings(prune), measure);
      expect(tombstones.length >= Math.max(...sizes, 0)).toBe(true);
      sizes.add(tombstones.length);
      expect(steps).toBe(sizes.size - 1);
    }
    expect(sizes.size).toBeGreaterThan(3);
    expect(sizes.size).toBeLessThan(10);
  });
});
