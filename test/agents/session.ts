import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Agent, Setting } from './agents.js';
import type { Installed } from './install.js';
import { type Conversation, type Script, scriptedModel } from './scripted-model.js';

export type Session = {
  readonly name: string;
  readonly transport: 'stdio' | 'HTTP';
  readonly conversation: Conversation;
  /** The end of what the agent itself printed. */
  readonly printed: string;
  readonly seconds: number;
};

export type Starting = {
  readonly agent: Agent;
  readonly installed: Installed;
  readonly home: string;
  readonly servers: Setting['servers'];
};

const TIMEOUT_MS = 120_000;
/** Once the model has nothing more to do the agent has this long to end by itself. */
const LINGER_MS = 10_000;

/** Runs an agent once, from its prompt to its end, against a model that follows the script. */
export async function runSession(
  what: Pick<Session, 'name' | 'transport'>,
  script: Script,
  { agent, installed, home, servers }: Starting,
): Promise<Session> {
  await using model = await scriptedModel(script);
  const { files, args, env } = agent.start({ model: model.url, servers, prompt: 'Go on.' });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  const began = Date.now();
  const child = spawn(join(installed.folder, 'node_modules/.bin', agent.bin), args, {
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    env: { PATH: `${dirname(installed.node)}:${process.env.PATH}`, HOME: home, ...env },
  });
  const ended = once(child, 'close');
  model.conversation.onend = () => setTimeout(() => child.kill(), LINGER_MS).unref();
  const output = await Promise.all([child.stdout.toArray(), child.stderr.toArray()]);
  await ended;
  return {
    ...what,
    conversation: model.conversation,
    printed: output.map(chunks => Buffer.concat(chunks).toString().slice(-1_000)).join('\n'),
    seconds: Math.round((Date.now() - began) / 1000),
  };
}
