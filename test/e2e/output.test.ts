import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { environment, mintmark, openFile, temporaryFolder } from '../support/mintmark.js';

test('a reader who has enough ends the command without a stack trace, as in export | head -1', async () => {
  using folder = temporaryFolder();
  const db = folder.file('many.db');
  await using engine = openFile(db);
  for (let batch = 0; batch < 4; batch += 1) {
    const changes = Array.from({ length: 50 }, (_, n) => ({
      content: `Fact ${batch} ${n} ${'word '.repeat(1000)}`,
    }));
    await engine.memories.decide(await engine.memories.propose({ changes }));
  }
  const [file, ...args] = mintmark;
  const command = spawn(file, [...args, 'export'], { env: { ...process.env, ...environment(db) } });
  const said = text(command.stderr);
  const ended = once(command, 'close');
  await once(command.stdout, 'data');
  command.stdout.destroy();
  expect(await ended).toEqual([1, null]);
  expect(await said).toBe('');
});
