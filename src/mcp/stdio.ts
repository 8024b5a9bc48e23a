import { Writable } from 'node:stream';
import type { McpServerFactory } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { LineTransport } from './framing.js';

/** How long calls in flight may still be answered, so that a one-shot `printf … | mintmark` gets its replies. */
const DRAIN_MS = 1_000;
const LOADING_MS = 1_000;
const CLOSE_MS = 250;
/** From the reason to stop to the exit, draining and `onShutdown` included. */
const GRACE_MS = 2_500;
const PARENT_POLL_MS = 1_000;
const ORPHANED = 'the parent process is gone';

export type StdioOptions = {
  readonly factory: McpServerFactory;
  /** Called once, when no more calls will come. The process exits when it settles. */
  readonly onShutdown: (reason: string) => Promise<void> | void;
  /** What calls in flight wait for: when the input ends sooner, their time to be answered begins after it. */
  readonly loaded?: () => Promise<unknown>;
  /** Called when a client of 2026-07-28 starts to listen, once there is a server for it. Must not reject. */
  readonly onlisten?: () => Promise<void>;
};

/**
 * Serves MCP on this process's stdin and stdout and takes the process over: nothing but protocol reaches stdout, and
 * it exits within 3 s after its client is gone (end of stdin, a broken stdout, SIGINT, SIGTERM, SIGHUP, or a dead
 * parent). Exit code 0; 1 if shutting down failed or overran, or after an uncaught exception.
 */
export function serveOverStdio({ factory, onShutdown, loaded, onlisten }: StdioOptions): void {
  const transport = new LineTransport(process.stdin, claimStdout());
  let stopping = false;

  const stop = (reason: string, exitCode = 0): void => {
    if (stopping) return;
    stopping = true;
    const orphaned = reason === ORPHANED;
    // The poll already took its share of the 3 s. Ref'd on purpose: a shutdown waiting for something that keeps no
    // handle would otherwise end the process before onShutdown.
    setTimeout(() => exitOverdue(reason), orphaned ? GRACE_MS - PARENT_POLL_MS : GRACE_MS);
    const finish = async (): Promise<void> => {
      const answered = await transport.drain(0);
      if (!answered && !orphaned) {
        if (loaded)
          await within(
            LOADING_MS,
            loaded().catch(() => {}),
          );
        await transport.drain(DRAIN_MS);
      }
      await within(CLOSE_MS, handle.close());
      await onShutdown(reason);
    };
    finish().then(
      () => process.exit(exitCode),
      error => {
        say(`shutting down (${reason}) failed`, error);
        process.exit(1);
      },
    );
  };

  transport.onended = stop;
  const handle = serveStdio(factory, { transport });
  if (onlisten) holdAcknowledgements(transport, onlisten);
  watchProcess(stop);
}

/**
 * A subscription is acknowledged only once changes are heard: what happens right after the acknowledgement must not
 * be missed. Not done when the request arrives, which may be the first of all, before there is a server.
 */
function holdAcknowledgements(transport: LineTransport, onlisten: () => Promise<void>): void {
  const send = transport.send.bind(transport);
  transport.send = async message => {
    const acknowledges = 'method' in message && message.method === 'notifications/subscriptions/acknowledged';
    if (acknowledges) await onlisten();
    await send(message);
  };
}

/**
 * A stream of its own for the protocol. Whoever else writes to process.stdout, console.log included, writes to
 * stderr: one partial line there would swallow the next reply. Native code printing to fd 1 is not caught.
 */
function claimStdout(): Writable {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  Object.defineProperty(stdout, 'write', { value: stderr.write.bind(stderr) });
  // Nobody reads the log: no reason to stop.
  stderr.on('error', () => {});
  const wire = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => void write(chunk, 'utf8', done),
  });
  stdout.on('error', error => wire.destroy(error));
  return wire;
}

function watchProcess(stop: (reason: string, exitCode?: number) => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  const hasParent = parentWatch();
  setInterval(() => hasParent() || stop(ORPHANED), PARENT_POLL_MS).unref();
  // The stack was cut at an unknown place, so what is in memory may be half changed; the database is not, and the
  // client starts a fresh server.
  process.on('uncaughtException', error => {
    say('uncaught exception', error);
    stop('uncaught exception', 1);
  });
  // Every call's promise is awaited and answered, so a stray rejection is a background task that failed: not worth
  // the session of everybody on this connection.
  process.on('unhandledRejection', reason => say('unhandled rejection', reason));
}

/** A client killed outright closes nothing while some other process (npx, a shell) holds the pipe. */
function parentWatch(): () => boolean {
  const parent = process.ppid;
  if (process.platform !== 'win32') return () => process.ppid === parent;
  // Windows keeps the number of a dead parent.
  return () => {
    try {
      return process.kill(parent, 0);
    } catch {
      return false;
    }
  };
}

function exitOverdue(reason: string): void {
  say('shutting down took too long', reason);
  process.exit(1);
}

function within(ms: number, work: Promise<unknown>): Promise<unknown> {
  return Promise.race([work, new Promise(resolve => setTimeout(resolve, ms))]);
}

function say(what: string, cause: unknown): void {
  const detail = cause instanceof Error ? (cause.stack ?? String(cause)) : String(cause);
  process.stderr.write(`mintmark: ${what}: ${detail.replaceAll(/\s*\n\s*/g, ' | ')}\n`);
}
