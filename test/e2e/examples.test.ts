import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const run = (file: string) => execFileSync(process.execPath, ['--import', 'tsx', file], { encoding: 'utf8' });

test('two agents superseding one memory both get their change in', () => {
  expect(run('examples/agent-loop/agent-loop.ts')).toContain('Both changes are in');
});

test('a loop that owns its window lives through ten times its size', () => {
  expect(run('examples/long-life/long-life.ts')).toContain('lived through ten windows and lost nothing');
});

test('a thread of graph nodes goes on in another process, apart from other threads', () => {
  expect(run('examples/langgraph/langgraph.ts')).toContain('The thread went on where it was left.');
});

test('a file larger than the window stays out of it', () => {
  expect(run('examples/large-file/large-file.ts')).toContain('The file never entered the window.');
});
