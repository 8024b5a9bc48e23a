import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { POSTGRES } from '../support/engines.js';
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

/** Runs the command line of a shell, with `$0` and what follows it for the command. */
async function inShell(script: string, db: string, ...args: readonly string[]) {
  const command = spawn('sh', ['-c', script, ...mintmark, ...args], {
    env: { ...process.env, ...environment(db) },
  });
  const [said, [code]] = await Promise.all([text(command.stderr), once(command, 'close')]);
  return { said, code };
}

test.skipIf(process.platform !== 'linux')('a full disk below the output is said in words', async () => {
  using folder = temporaryFolder();
  for (const name of ['status', 'export']) {
    const { said, code } = await inShell('"$0" "$@" > /dev/full', folder.file('some.db'), name);
    expect(said).toMatch(
      /^mintmark: disk_full: What is printed cannot be written: .*\n.*print elsewhere.*\n$/,
    );
    expect(code).toBe(1);
  }
});

test.each(['status', 'serve'])('%s in a folder that was removed says so', async name => {
  using folder = temporaryFolder();
  const gone = folder.file('gone');
  mkdirSync(gone);
  const { said, code } = await inShell(
    `cd ${gone} && rmdir ${gone} && "$0" "$@"`,
    folder.file('some.db'),
    name,
  );
  expect(said).toMatch(/^mintmark: not_found: The folder this is run in was removed\.\nChange to/);
  expect(code).toBe(78);
});

const long = 'word '.repeat(100);
const NOTES = Array.from({ length: 3000 }, (_, n) => `- Rack ${n} holds ${long}`).join('\n');
const HISTORY = JSON.stringify(
  Array.from({ length: 3000 }, (_, n) => ({
    role: n % 2 ? 'assistant' : 'user',
    content: `Rack ${n} holds ${long}`,
  })),
);

test.skipIf(POSTGRES).each([
  ['memories', 'notes.md', NOTES, 4000],
  ['messages', 'history.json', HISTORY, 16_000],
])('an import of %s that breaks off says how much of it is there', async (what, name, content, blocks) => {
  using folder = temporaryFolder();
  const file = folder.file(name);
  writeFileSync(file, content);
  // In blocks of 512 bytes; without the trap the limit ends the process.
  const limited = `trap '' XFSZ; ulimit -f ${blocks}; "$0" "$@"`;
  const { said, code } = await inShell(limited, folder.file('some.db'), 'import', file);
  expect(said).toMatch(
    new RegExp(
      `^mintmark: \\w+: \\d+00 of 3000 ${what} were imported, and then: .*\\nMend that and import it again`,
    ),
  );
  expect(code).toBe(1);
});
