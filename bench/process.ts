import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import * as z from 'zod';

export type Running = Awaited<ReturnType<typeof launch>>;

const Reply = z.looseObject({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
});
const CallResult = z.looseObject({
  isError: z.boolean().optional(),
  content: z.array(z.looseObject({ text: z.string().optional() })),
});

/** Starts a server and speaks bare lines with it, so that what is measured is the server and not a client. */
export async function launch(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const started = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  const waiting = new Map<number, (reply: z.infer<typeof Reply>) => void>();
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  createInterface({ input: child.stdout }).on('line', line => {
    const parsed = Reply.safeParse(JSON.parse(line));
    if (parsed.success) waiting.get(parsed.data.id)?.(parsed.data);
  });
  let next = 0;
  const request = async (method: string, params: object = {}): Promise<unknown> => {
    const id = ++next;
    const answered = new Promise<z.infer<typeof Reply>>(resolve => waiting.set(id, resolve));
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    const reply = await answered;
    waiting.delete(id);
    if (reply.error !== undefined) throw new Error(`${method}: ${JSON.stringify(reply.error)}`);
    return reply.result;
  };
  await request('initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'bench', version: '1' },
  });
  const firstReplyMs = performance.now() - started;
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
  return {
    firstReplyMs,
    request,
    /** Calls a tool and parses the JSON text it answers. */
    async call(name: string, args: object): Promise<unknown> {
      const { isError, content } = CallResult.parse(await request('tools/call', { name, arguments: args }));
      const text = content[0]?.text ?? '';
      if (isError) throw new Error(`${name}: ${text}`);
      return JSON.parse(text);
    },
    /** Processor time of the main thread so far, which other work on the machine hardly changes. Linux only. */
    processorMs: () =>
      Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6,
    /** Resident memory in MB; Linux only. */
    residentMb: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? Number.NaN) /
      1024,
    async close(): Promise<void> {
      child.stdin.end();
      await ended;
    },
  };
}
