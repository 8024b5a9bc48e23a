/**
 * A loop that owns its window. The host decides what the model sees: each message goes into a session, and each call of
 * the model gets the context that `context.build` makes to fit. A job of ten windows runs through one; at its end the
 * agent is asked for what left its window long ago, and reads it again from under a summary.
 * The model is a script, so that this runs without a key. Run: node --import tsx examples/long-life/long-life.ts
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Context, openEngine } from '../../src/engine.js';

const WINDOW = { context_limit: 6000, max_output: 1000 };
const TIMES = 10;

type Call = { readonly name: 'read_file' | 'expand'; readonly arguments: { readonly of: string } };
type Reply = { readonly text: string; readonly call?: Call };

await using engine = openEngine({ db: ':memory:', scope: ['repo:example'] });
const { session_id, context: opened } = await engine.sessions.append({
  model: 'gpt-4o',
  ...WINDOW,
  messages: [{ role: 'system', content: 'Count lines. Say the total after each file.' }],
});
let lived = 0;
let most = 0;
let summaries = 0;

const files = job(opened.usable * TIMES);
const counted = await ask(`Count the lines of these files, one by one: ${files.join(' ')}`);
const recalled = await ask(`What was the first line of ${files[0]}?`);

const lines = files.reduce((sum, file) => sum + linesOf(readFileSync(file, 'utf8')), 0);
const first = readFileSync(files[0] ?? '', 'utf8').split('\n')[0] ?? '';
console.log(
  `${files.length} files; ${lived} tokens through a window of ${opened.usable}, never above ${most}`,
);
console.log(`${summaries} summaries were made; the model's last words: ${recalled}`);
const right = counted.endsWith(`total ${lines}.`) && recalled.includes(first);
const held = most <= opened.usable && lived >= TIMES * opened.usable;
console.log(
  right && held ? 'It lived through ten windows and lost nothing.' : `Something was lost: ${counted}`,
);
process.exitCode = right && held ? 0 : 1;

/** One turn of the user: the model is called until it calls no more tools. */
async function ask(content: string): Promise<string> {
  await say({ role: 'user', content });
  for (let step = 0; ; step += 1) {
    const { text, call } = model(await engine.context.build({ session_id, shape: 'openai' }));
    const said = { type: 'text', text };
    if (!call) {
      await say({ role: 'assistant', parts: [said] });
      return text;
    }
    const call_id = `call_${lived}_${step}`;
    await say({ role: 'assistant', parts: [said, { type: 'tool_call', call_id, ...call }] });
    await say({ role: 'tool', parts: [{ type: 'tool_result', call_id, output: await act(call) }] });
  }
}

/** Into the session, which compacts itself when it has outgrown its window. */
async function say(message: Record<string, unknown>): Promise<void> {
  const reply = await engine.sessions.append({ session_id, messages: [message] });
  const { meta } = await engine.sessions.readMessage(reply.message_ids[0] ?? '');
  lived += Number(meta.tokens);
  most = Math.max(most, reply.context.tokens);
  summaries += reply.maintenance.compacted ?? 0;
}

async function act({ name, arguments: { of } }: Call): Promise<string> {
  if (name === 'expand') return (await engine.fetch({ uri: of, max_tokens: 2000 })).text;
  const text = readFileSync(of, 'utf8');
  return `${of} has ${linesOf(text)} lines:\n${text}`;
}

/** Sees nothing but its window, like any model: all it does rests on what stands there. */
function model({ messages }: Context): Reply {
  const window = messages.flatMap(({ content }) => [content].flat().map(textOf)).join('\n');
  const asked = /What was the first line of (\S+)\?/.exec(window)?.[1];
  if (asked !== undefined) return remember(window, asked);
  const wanted = /one by one: (.*)/.exec(window)?.[1]?.split(' ') ?? [];
  const [, done = '0', total = '0'] = [...window.matchAll(/^(\d+) files, total (\d+)\.$/gm)].at(-1) ?? [];
  const next = wanted[Number(done)];
  const read = [...window.matchAll(/^(\S+) has (\d+) lines:$/gm)].at(-1);
  if (read?.[1] !== next)
    return { text: 'I begin.', call: { name: 'read_file', arguments: { of: next ?? '' } } };
  const text = `${Number(done) + 1} files, total ${Number(total) + Number(read?.[2])}.`;
  const of = wanted[Number(done) + 1];
  return of === undefined ? { text } : { text, call: { name: 'read_file', arguments: { of } } };
}

/** What is no longer in the window lies under a summary that is, and says how to read it. */
function remember(window: string, file: string): Reply {
  const [, line] = window.split(`${file} has `)[1]?.split('\n') ?? [];
  if (line !== undefined) return { text: `It was: ${line}` };
  const of = /summary:\/\/\w+/.exec(window)?.[0];
  const looked = window.includes('untrusted tool');
  return of === undefined || looked
    ? { text: 'I do not know any more.' }
    : { text: 'I look it up.', call: { name: 'expand', arguments: { of } } };
}

/** Small files of this project, with as many bytes as come to at least so many tokens. */
function job(tokens: number): string[] {
  let bytes = tokens * 4;
  return readdirSync('src', { recursive: true, encoding: 'utf8' })
    .sort()
    .map(name => join('src', name))
    .filter(file => file.endsWith('.ts') && statSync(file).size < 3000)
    .filter(file => {
      const wanted = bytes > 0;
      bytes -= statSync(file).size;
      return wanted;
    });
}

/** A message of one text holds it as it is, one of several as parts. */
function textOf(part: unknown): string {
  return typeof part === 'object' && part !== null && 'text' in part ? String(part.text) : String(part ?? '');
}

function linesOf(text: string): number {
  return text.split('\n').length;
}
