import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

export type Served = Awaited<ReturnType<typeof serve>>;

/** Starts a server that says on stderr where it listens. */
export async function serve(args: readonly string[]) {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  });
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`The server ended: ${said}`)));
    child.stderr.on('data', chunk => {
      said = `${said}${chunk}`.slice(-10_000);
      const [found] = /http:\/\/[\d.]+:\d+/.exec(said) ?? [];
      if (found) resolve(found);
    });
  });
  return {
    url,
    /** Resident memory in MB and open file descriptors; Linux only. */
    vitals: () => ({
      rss: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024,
      handles: readdirSync(`/proc/${child.pid}/fd`).length,
    }),
    async close(): Promise<void> {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
