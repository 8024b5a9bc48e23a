import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const run = (file: string) => execFileSync(process.execPath, ['--import', 'tsx', file], { encoding: 'utf8' });

test('the demo proves that every acknowledged write survives SIGKILL', () => {
  expect(run('examples/demo/demo.ts')).toContain('Every proof held');
});

test('two agents superseding one memory both get their change in', () => {
  expect(run('examples/agent-loop/agent-loop.ts')).toContain('Both changes are in');
});
