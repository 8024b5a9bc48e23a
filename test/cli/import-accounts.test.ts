import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Place } from './command-line.js';

/** What ChatGPT and Claude.ai send who asks for their data: `conversations.json`. */
function given(place: Place, content: unknown): string {
  const file = place.file('conversations.json');
  writeFileSync(file, JSON.stringify(content));
  return file;
}

async function imported(place: Place, content: unknown, ...flags: readonly string[]) {
  const { code, out, err } = await place.run('import', given(place, content), '--json', ...flags);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out);
}

const read = (place: Place, id: string) =>
  place.within(async engine => (await engine.sessions.read({ id })).text);

type Said = { readonly role?: string; readonly content?: object | null; readonly [field: string]: unknown };

const node = (id: string, parent: string | null, said?: Said) => {
  const { role = 'user', name = null, content, ...rest } = said ?? {};
  const message = { id, author: { role, name, metadata: {} }, create_time: 1736209412.345, content };
  return [
    id,
    { id, parent, children: [], message: said ? { ...message, weight: 1, ...rest } : null },
  ] as const;
};
const text = (...parts: readonly unknown[]) => ({ content_type: 'text', parts });

const chatgpt = (...more: readonly (readonly [string, object])[]) => ({
  title: 'Tea',
  create_time: 1736209400.1,
  conversation_id: 'c1',
  id: 'c1',
  default_model_slug: 'gpt-4o',
  current_node: more.at(-1)?.[0] ?? 'a2',
  mapping: Object.fromEntries([
    node('root', null),
    node('sys', 'root', { role: 'system', content: text('') }),
    node('hid', 'sys', {
      content: { content_type: 'user_editable_context', user_profile: 'Ada' },
      metadata: { is_visually_hidden_from_conversation: true },
    }),
    node('u1', 'hid', { content: text('Which tea?') }),
    node('a1', 'u1', { role: 'assistant', content: text('Coffee.'), recipient: 'all' }),
    node('a2', 'u1', { role: 'assistant', content: text('Oolong.'), recipient: 'all' }),
    ...more,
  ]),
});

test('what ChatGPT exported is kept as the branch it shows, and again only what is new', async () => {
  using place = new Place();
  const first = await imported(place, [chatgpt()]);
  expect(first).toMatchObject({
    format: 'chatgpt',
    messages: 2,
    left_out: { branch: 1, hidden: 1, empty: 1 },
  });
  expect(await read(place, 'chatgpt:c1')).toBe(
    '[1] user 2025-01-07T00:23:32.345Z\nWhich tea?\n\n[2] assistant 2025-01-07T00:23:32.345Z\nOolong.',
  );
  const more = node('u2', 'a2', { content: text('How hot?') });
  const again = await imported(place, [chatgpt(more)]);
  expect(again).toMatchObject({ messages: 1, duplicates: 2, sessions: first.sessions });
  expect(await read(place, 'chatgpt:c1')).toMatch(/Oolong\.\n\n\[3\] user .*\nHow hot\?$/);
});

test('calls of tools, thoughts, code, pictures and speech in what ChatGPT exported are kept', async () => {
  using place = new Place();
  const picture = { content_type: 'image_asset_pointer', asset_pointer: 'sediment://file_1', width: 7 };
  const speech = { content_type: 'audio_transcription', text: 'Out loud.', direction: 'in' };
  const talk = chatgpt(
    node('u2', 'a2', { content: { content_type: 'multimodal_text', parts: [picture, 'See?', speech] } }),
    node('t1', 'u2', {
      role: 'assistant',
      content: { content_type: 'thoughts', thoughts: [{ summary: 'Look', content: 'I look.' }] },
    }),
    node('c1', 't1', {
      role: 'assistant',
      recipient: 'python',
      content: { content_type: 'code', language: 'unknown', text: 'print(1)' },
    }),
    node('r1', 'c1', {
      role: 'tool',
      name: 'python',
      content: { content_type: 'execution_output', text: '1' },
    }),
    node('r2', 'r1', { role: 'tool', name: 'python', content: text('More.') }),
  );
  await imported(place, [talk]);
  const shown = await read(place, 'chatgpt:c1');
  for (const said of [
    '[file: (image_asset_pointer) sediment://file_1]\nSee?\nOut loud.',
    '[reasoning]\nI look.',
    '[call c1: python]\n{"__raw_arguments":"print(1)"}',
    '[result of c1]\n1',
    'tool (python) 2025-01-07T00:23:32.345Z\nMore.',
  ])
    expect(shown).toContain(said);
});

const claude = (...chat_messages: readonly object[]) => ({
  uuid: 'k1',
  name: 'Tea',
  summary: '',
  created_at: '2026-02-14T10:04:22.000Z',
  account: { uuid: 'x' },
  chat_messages,
});
const message = (uuid: string, sender: string, content: readonly object[], rest: object = {}) => ({
  uuid,
  sender,
  text: 'Only in old exports.',
  content,
  created_at: '2026-02-14T10:04:22.000Z',
  attachments: [],
  files: [],
  ...rest,
});
const words = (said: string) => ({ type: 'text', text: said, citations: [], start_timestamp: null });

test('what Claude.ai exported is kept with tools, attachments and files, in order', async () => {
  using place = new Place();
  const talk = claude(
    message('m1', 'human', [words('Read them.')], {
      attachments: [{ file_name: 'a.txt', file_size: 3, extracted_content: 'Pasted.' }],
      files: [{ file_name: 'b.png', file_uuid: 'f1' }],
    }),
    message('m2', 'assistant', [
      { type: 'thinking', thinking: 'I read.', summaries: [], cut_off: false },
      { type: 'tool_use', name: 'view', input: { path: 'a' }, integration_name: null },
      { type: 'tool_result', name: 'view', content: [words('seen')], is_error: false },
      { type: 'token_budget', start_timestamp: null },
      words('Read.'),
    ]),
    message('m3', 'human', []),
  );
  const first = await imported(place, [talk, { ...claude(), uuid: 'k2' }]);
  expect(first).toMatchObject({ format: 'claude.ai', messages: 5 });
  expect(first.sessions).toHaveLength(1);
  const shown = (await read(place, 'claude.ai:k1')).replaceAll(' 2026-02-14T10:04:22.000Z', '');
  expect(shown).toBe(
    [
      '[1] user\na.txt\nPasted.\n[file: b.png claude.ai:f1]\nRead them.',
      '[2] assistant\n[reasoning]\nI read.\n[call m2#1: view]\n{"path":"a"}',
      '[3] tool\n[result of m2#1]\nseen',
      '[4] assistant\nRead.',
      '[5] user\nOnly in old exports.',
    ].join('\n\n'),
  );
  expect(await imported(place, [talk])).toMatchObject({ messages: 0, duplicates: 5 });
});

test('of a conversation that was edited in Claude.ai the last branch is kept', async () => {
  using place = new Place();
  const talk = claude(
    message('m1', 'human', [words('Tea?')], { parent_message_uuid: '00000000-0000-4000-8000-000000000000' }),
    message('m2', 'assistant', [words('Coffee.')], { parent_message_uuid: 'm1' }),
    message('m3', 'assistant', [words('Oolong.')], { parent_message_uuid: 'm1' }),
  );
  expect(await imported(place, [talk])).toMatchObject({ messages: 2, left_out: { branch: 1 } });
  expect(await read(place, 'claude.ai:k1')).toMatch(/Tea\?.*Oolong\./s);
});

test('one bad message of an export imports nothing and is named', async () => {
  using place = new Place();
  const bad = claude(message('m1', 'human', [words('Tea?')]), message('m2', 'robot', [words('Beep.')]));
  const { code, err } = await place.run('import', given(place, [claude(), bad]));
  expect(code).toBe(1);
  expect(err).toMatch(/conversation 2: chat_messages\[1\]\.sender: /);
  await place.within(async engine => {
    expect((await engine.status()).counts.events).toBe(0);
  });
});

test('an export of many conversations names the first of them to a person', async () => {
  using place = new Place();
  const many = Array.from({ length: 25 }, (_, n) => ({
    ...claude(message(`m${n}`, 'human', [words('Tea?')])),
    uuid: `k${n}`,
  }));
  const { out } = await place.run('import', given(place, many));
  expect(out.match(/into session:/g)).toHaveLength(20);
  expect(out).toContain('and 5 more; --json names them all');
});

test('the archive that an account is sent is to be unpacked first', async () => {
  using place = new Place();
  const archive = place.file('export.zip');
  writeFileSync(archive, Buffer.from('PK\x03\x04\x14\x00\x08\x08\xff\xfe', 'latin1'));
  const { code, err } = await place.run('import', archive);
  expect(code).toBe(1);
  expect(err).toContain('is a zip archive');
  expect(err).toContain('Unpack it');
});
