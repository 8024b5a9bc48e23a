import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

const add = (content: string, fields = {}) => ({ changes: [{ content, ...fields }], commit: true });

describe('secrets in a proposal', () => {
  const token = ['ghp', 'q8Zr2LkW5vTn7YbX3mJc9PdF6sHg4RaE1uKo'].join('_');

  it('are redacted and every place is listed', async () => {
    await using server = await connect();
    const changes = [
      { content: 'Nothing here.' },
      { content: `Use ${token} to push.`, rationale: `It is ${token}.` },
    ];
    const reply = await server.call('memory_propose', { changes, commit: true });
    expect(reply.redacted.map(({ path }: { path: string }) => path).sort()).toEqual([
      'changes[1].content',
      'changes[1].rationale',
    ]);
    const { text, meta } = await server.call('fetch', { uri: reply.committed_ids[1] });
    expect(text).toMatch(/^Use \[redacted:[^\]]+\] to push\.$/);
    expect(JSON.stringify(meta)).not.toContain(token);
  });

  it('leave a statement that an export can hold: its marks count', async () => {
    await using server = await connect();
    const long = (length: number) => add(`The password is hunter2x ${'x'.repeat(length - 25)}`);
    await expect(server.call('memory_propose', long(8000))).rejects.toThrow(
      /^invalid: .*content has 8\d\d\d characters, secrets redacted; 8000 is the limit/s,
    );
    expect(await server.call('memory_propose', long(7900))).toMatchObject({ status: 'committed' });
  });

  it('are refused where the operator says so, without being repeated', async () => {
    await using server = await connect({ options: { redact: 'reject' } });
    const refused = server.call('memory_propose', add(`Use ${token} to push.`));
    await expect(refused).rejects.toThrow(/^invalid: /);
    await expect(refused).rejects.not.toThrow(token);
  });

  it('are kept where the operator says so', async () => {
    await using server = await connect({ options: { redact: 'off' } });
    const id = await remember(server, `Use ${token} to push.`);
    expect((await server.call('fetch', { uri: id })).text).toContain(token);
  });
});
