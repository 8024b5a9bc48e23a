import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/mintmark.js';

test('what .dockerignore lets into the image is all that its build needs, and the demo that proves what survives SIGKILL', () => {
  using folder = temporaryFolder();
  const cwd = folder.file('src');
  for (const line of readFileSync('.dockerignore', 'utf8').split('\n'))
    if (line.startsWith('!')) {
      mkdirSync(dirname(resolve(cwd, line.slice(1))), { recursive: true });
      cpSync(line.slice(1), resolve(cwd, line.slice(1)), { recursive: true });
    }
  symlinkSync(resolve('node_modules'), resolve(cwd, 'node_modules'));
  execFileSync(process.execPath, ['scripts/bundle.mjs'], { cwd });
  const out = execFileSync(process.execPath, ['dist/bin/mintmark.js', 'demo', '--json'], {
    cwd,
    encoding: 'utf8',
  });
  const { held, proofs } = JSON.parse(out);
  expect(held).toBe(true);
  expect(proofs).toContainEqual({ held: true, proof: expect.stringContaining('were acknowledged') });
});
