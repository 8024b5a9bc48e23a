// Runs all of `npm run check` at once, so that no core waits, and shows each part's output whole when it ends.
import { spawn } from 'node:child_process';

const parts = ['types', 'lint', 'unused', 'unit'];

const results = await Promise.all(parts.map(run));
process.exitCode = Math.max(...results);

/** Resolves to the exit code. */
function run(part) {
  const child = spawn('npm', ['run', '--silent', part], {
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  const output = [];
  child.stdout.on('data', chunk => output.push(chunk));
  child.stderr.on('data', chunk => output.push(chunk));
  return new Promise(resolve => {
    child.on('close', code => {
      console.log(`${code === 0 ? '✓' : '✗'} ${part}\n${Buffer.concat(output)}`);
      resolve(code ?? 1);
    });
  });
}
