import { format } from 'node:util';
import type { Engine } from '../engine.js';
import { isLoopback } from '../http/address.js';
import { listen } from '../http/listen.js';
import { logTo } from '../http/log.js';
import type { Surface } from '../mcp/surface.js';

/** From the last answer to the exit. */
const CLOSE_MS = 5_000;

/** Serves over HTTP until told to stop by SIGINT, SIGTERM or SIGHUP; a second one stops at once. */
export async function serveHttp(engine: Engine, surface: Surface): Promise<void> {
  const say = (line: string) => process.stderr.write(`mintmark: ${line}\n`);
  // Nobody reads the log: no reason to stop.
  process.stderr.on('error', () => {});
  const log = logTo(line => process.stderr.write(line), engine.config);
  // What a dependency or work after the reply says goes the same way, past the same net.
  for (const name of ['debug', 'log', 'info', 'warn', 'error', 'trace'] as const)
    console[name] = (...said: unknown[]) => log('error', { error: format(...said) });
  const { address, url, close } = await listen(engine, surface, { log });
  for (const warning of engine.config.warnings) say(warning);
  say(`MCP at ${url}/mcp`);
  if (engine.config.httpAuth === 'none')
    say('whoever is on this machine may read and change it (httpAuth none)');
  if (!isLoopback(address.host))
    say('tokens travel in plain text over http://: put a proxy that speaks TLS before this address');
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(1), engine.config.httpDrainMs + CLOSE_MS);
    close()
      .then(() => engine.close())
      .then(
        () => process.exit(0),
        error => {
          say(`stopping failed: ${String(error)}`);
          process.exit(1);
        },
      );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // A stray rejection is a background task that failed: not worth everybody's session.
  process.on('unhandledRejection', reason => log('error', { error: String(reason) }));
}
