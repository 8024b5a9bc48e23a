// Stands between a client and its server over stdio and keeps what the client sent: node tap.mjs FILE COMMAND ARGS…
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';

const [file, command, ...args] = process.argv.slice(2);
const server = spawn(command, args, { stdio: ['pipe', 'inherit', 'inherit'] });
server.stdin.on('error', () => {});
server.on('exit', code => process.exit(code ?? 1));
process.stdin.on('data', chunk => {
  appendFileSync(file, chunk);
  server.stdin.write(chunk);
});
process.stdin.on('end', () => server.stdin.end());
