import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { ROOT } from './material.js';
import { type Session, start } from './stage.js';
import { prove, say, short, title } from './telling.js';

const MESSAGES = 300;
const BATCH = 20;
/** What is left for the conversation of a window of 10,000: without the answer and the buffer. */
const WINDOW = { context_limit: 10_000, max_output: 1000 };
const USABLE = 8000;
const BELOW = 'word for word: ---\n\n';

const Appended = z.looseObject({
  session_id: z.string(),
  message_ids: z.array(z.string()),
  context: z.looseObject({ tokens: z.number(), usable: z.number() }),
  maintenance: z.looseObject({ compacted: z.number().default(0) }),
});
const Text = z.looseObject({ text: z.string().default('') });
const Context = z.looseObject({
  messages: z.array(
    z.looseObject({
      id: z.string().optional(),
      content: z.string().optional(),
      parts: z.array(Text).default([]),
    }),
  ),
  total_tokens: z.number(),
  report: z.looseObject({
    frontier: z.looseObject({ uris: z.array(z.string()), shown: z.boolean() }),
    dropped: z.array(z.unknown()),
  }),
});
const Page = z.looseObject({
  text: z.string(),
  meta: z.looseObject({ tokens: z.number().optional(), messages: z.number().optional() }),
  next_cursor: z.string().optional(),
});

/** A conversation far too long for its window: squeezed, then given back to the last byte. */
export async function squeeze(db: string): Promise<void> {
  title('11  Squeeze a long conversation');
  const session = await start(db, { tools: 'all', redact: 'off' });
  const said = conversation();
  const { id, ids, most, summaries } = await append(session, said);
  const whole = Page.parse(await session.call('fetch', { uri: `session://${id}` }));
  prove(
    most <= USABLE,
    `${said.length} messages went in; no reply told of more than ${most} of ${USABLE} tokens`,
  );
  say(`${summaries} summaries were made on the way, without a model`);
  const context = Context.parse(await session.call('context_build', { session_id: id }));
  const share = Math.round((context.total_tokens / (whole.meta.tokens ?? 1)) * 100);
  prove(
    context.total_tokens <= USABLE && context.report.dropped.length === 0,
    `${whole.meta.tokens} tokens fit in ${context.total_tokens} (${share} %), and nothing is dropped`,
  );
  const [{ content, parts } = { content: '', parts: [] }] = context.messages;
  const lines = (content ?? parts.map(({ text }) => text).join('\n')).split('\n');
  for (const line of lines.slice(0, 12)) say(`│ ${short(line)}`);
  await expand(session, { said, ids, context });
  await session.close();
}

type Said = { readonly role: string; readonly content?: string; readonly parts?: readonly Part[] };
type Part =
  | {
      readonly type: 'tool_call';
      readonly call_id: string;
      readonly name: string;
      readonly arguments: object;
    }
  | { readonly type: 'tool_result'; readonly call_id: string; readonly output: string };

/** An agent reads this project file by file, its decisions first, and says what it found. */
function conversation(): Said[] {
  const code = existsSync(join(ROOT, 'src')) ? 'src' : 'dist/lib/src';
  const nouns = ['session', 'context', 'store', 'blob', 'run', 'memory'];
  const files = ['docs/decisions', ...nouns.map(noun => join(code, noun))].flatMap(folder =>
    readdirSync(join(ROOT, folder))
      .sort()
      .filter(name => /\.(md|[tj]s)$/.test(name) && !name.endsWith('.d.ts'))
      .map(name => join(folder, name)),
  );
  return files.slice(0, MESSAGES / 4).flatMap((file, at): Said[] => {
    const output = readFileSync(join(ROOT, file), 'utf8');
    const call = {
      type: 'tool_call',
      call_id: `call_${at}`,
      name: 'read_file',
      arguments: { path: file },
    } as const;
    const lines = output.split('\n');
    return [
      { role: 'user', content: `Read ${file} and tell me where it begins.` },
      { role: 'assistant', parts: [call] },
      { role: 'tool', parts: [{ type: 'tool_result', call_id: `call_${at}`, output }] },
      {
        role: 'assistant',
        content: `${lines.length} lines, and it begins: ${lines.find(line => line !== '')}`,
      },
    ];
  });
}

async function append(session: Session, said: readonly Said[]) {
  let id: string | undefined;
  const ids: string[] = [];
  let most = 0;
  let summaries = 0;
  for (let at = 0; at < said.length; at += BATCH) {
    const messages = said.slice(at, at + BATCH);
    const opening = id === undefined ? { model: 'gpt-4o', ...WINDOW } : { session_id: id };
    const reply = Appended.parse(await session.call('session_append', { ...opening, messages }));
    id = reply.session_id;
    ids.push(...reply.message_ids);
    most = Math.max(most, reply.context.tokens);
    summaries += reply.maintenance.compacted;
  }
  return { id: id ?? '', ids, most, summaries };
}

type Expanding = {
  readonly said: readonly Said[];
  readonly ids: readonly string[];
  readonly context: z.output<typeof Context>;
};

/** Every message is in the context itself or below one of its summaries, never both, with the bytes it came with. */
async function expand(session: Session, { said, ids, context }: Expanding): Promise<void> {
  const before = performance.now();
  const { uris } = context.report.frontier;
  const below = await Promise.all(uris.map(uri => messagesBelow(session, uri)));
  const texts = new Map(said.map((message, at) => [textOf(message, at + 1), at]));
  const expanded = below.flatMap(text => text.split(/\n\n(?=\[\d+\] (?:user|assistant|tool)\n)/));
  const found = expanded.map(text => texts.get(text));
  const shown = context.messages.flatMap(({ id }) => (id === undefined ? [] : [ids.indexOf(id)]));
  const bytes = expanded.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const ms = Math.round(performance.now() - before);
  prove(
    !found.includes(undefined),
    `${expanded.length} messages back through ${uris.join(' and ').slice(0, 24)}…: ${bytes} bytes, each as it was (${ms} ms)`,
  );
  const all = [...found, ...shown].sort((a = -1, b = -1) => a - b);
  prove(
    all.length === said.length && all.every((at, place) => at === place),
    `with the ${shown.length} that are shown whole that is all ${said.length}, each exactly once`,
  );
}

async function messagesBelow(session: Session, uri: string): Promise<string> {
  let text = '';
  for (let cursor: string | undefined; ; ) {
    const asked = { uri, max_tokens: 20_000, ...(cursor && { cursor }) };
    const page = Page.parse(await session.call('fetch', asked));
    text += unfenced(page.text);
    cursor = page.next_cursor;
    if (!cursor) return text.slice(text.indexOf(BELOW) + BELOW.length);
  }
}

/** What tools returned comes between two fences. */
const unfenced = (text: string): string => /^([`~]{3,}) untrusted tool\n(.*)\n\1$/s.exec(text)?.[2] ?? text;

/** How fetch shows a message: its number and role, then what was said. */
function textOf({ role, content, parts = [] }: Said, number: number): string {
  const shown = parts.map(part =>
    part.type === 'tool_call'
      ? `[call ${part.call_id}: ${part.name}]\n${JSON.stringify(part.arguments)}`
      : `[result of ${part.call_id}]\n${part.output}`,
  );
  return [`[${number}] ${role}`, ...(content === undefined ? shown : [content])].join('\n');
}
