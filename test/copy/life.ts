import type { Engine } from '../../src/engine.js';

/** A step of somebody's work; what it makes is found again by later steps. */
export type Step = (engine: Engine) => Promise<unknown>;

/** Everything that changes rows or erases them, of each noun; what is erased was there for some steps before. */
export function stepsOfLife(): Step[] {
  const ids = new Map<string, string>();
  const keep = (name: string, id: string | undefined) => ids.set(name, id ?? '');
  const id = (name: string) => ids.get(name) ?? '';
  const messages = (...texts: string[]) => texts.map(text => ({ id: text, role: 'user', content: text }));
  const add =
    (name: string, content: string, fields: object = {}): Step =>
    async ({ memories }) => {
      const { committed_ids } = await memories.propose({ changes: [{ content, ...fields }], commit: true });
      keep(name, committed_ids[0]);
    };
  const checkpoint =
    (name: string, fields: object): Step =>
    async ({ medallions }) => {
      const { uri } = await medallions.checkpoint({ session_summary: `${name} was done.`, ...fields });
      keep(name, /med_[0-9a-f]{32}/.exec(uri)?.[0]);
    };
  const purge =
    (...names: string[]): Step =>
    ({ memories }) =>
      memories.forget({ ids: names.map(id), purge: true });
  return [
    add('alone', 'Kiwis are green inside.', { tags: ['only-here'], graph_nodes: ['fruit:kiwi'] }),
    add('old', 'Releases are on Monday.'),
    async ({ memories }) =>
      keep('batch', (await memories.propose({ changes: [{ content: 'To be decided.' }] })).batch_id),
    checkpoint('first', { graph_nodes: ['topic:a', 'topic:b'] }),
    async ({ runs }) => keep('run', (await runs.open({ objective: 'Tidy up.' })).run_id),
    async ({ sessions }) =>
      keep('talk', (await sessions.append({ messages: messages('a', 'b', 'c') })).session_id),
    async ({ blobs }) =>
      keep('blob', (await blobs.put({ content: 'lemon '.repeat(99), name: 'l.txt' })).blob_id),
    async ({ tokens }) => keep('token', (await tokens.create(GRANT)).grant.id),
    purge('alone'),
    add('next', 'Plums are blue outside.', { tags: ['only-there'], graph_nodes: ['fruit:plum'] }),
    ({ memories }) =>
      memories.propose({
        changes: [{ op: 'supersede', content: 'On Tuesday.', supersedes: [id('old')] }],
        commit: true,
      }),
    ({ memories }) => memories.decide({ batch_id: id('batch') }),
    async engine =>
      checkpoint('second', { graph_nodes: ['topic:a', 'topic:b', 'topic:c'], supersedes: [id('first')] })(
        engine,
      ),
    ({ runs }) => runs.patch({ run_id: id('run'), expected_seq: 0, set: { next_action: 'Begin.' } }),
    async ({ episodes }) =>
      keep('episode', (await episodes.seal({ run_id: id('run'), reason: 'Half.' })).uri),
    ({ sessions }) => sessions.append({ session_id: id('talk'), messages: messages('d', 'e', 'f', 'g') }),
    ({ sessions }) => sessions.rewind({ session_id: id('talk'), message_id: 'f' }),
    ({ sessions }) => sessions.append({ session_id: id('talk'), messages: messages('h', 'i') }),
    ({ sessions }) => sessions.rewind({ session_id: id('talk'), message_id: 'i', purge: true }),
    ({ context }) => context.compact({ session_id: id('talk'), summary: 'Letters were said.' }),
    ({ tokens }) => tokens.revoke(id('token')),
    purge('second'),
    purge('blob'),
    checkpoint('third', { graph_nodes: ['topic:a', 'topic:b', 'topic:c'] }),
    ({ sessions }) => sessions.append({ session_id: id('talk'), replace: true, messages: messages('z') }),
    async ({ sessions }) =>
      keep('gone', (await sessions.append({ messages: messages('x', 'y') })).session_id),
    ({ sessions }) => sessions.rewind({ session_id: id('gone'), all: true, purge: true }),
    async ({ packs }) =>
      keep('pack', (await packs.export({ run_id: id('run'), include: ['evidence'] })).path),
    ({ packs }) => packs.import({ path: id('pack') }),
    purge('run'),
    purge('first'),
    ({ maintain }) => maintain(),
    add('last', 'Pears are green.', { tags: ['only-here'], graph_nodes: ['fruit:kiwi'] }),
  ];
}

const GRANT = {
  label: 'ada',
  namespace: 'default',
  permissions: ['read'],
  home: [],
  expiresAt: undefined,
} as const;
