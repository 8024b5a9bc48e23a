import { INSTRUCTIONS } from '../../src/mcp/server.js';
import { describeTool } from '../../src/mcp/surface.js';
import { tools } from '../../tools/index.js';
import type { Agent } from './agents.js';
import type { Offered } from './model-api.js';
import { PARTS } from './probe.js';
import type { Telling } from './scripted-model.js';
import type { Session } from './session.js';

export type Outcome = {
  readonly agent: Agent;
  readonly sessions: readonly Session[];
  /** How it opens a connection over stdio, and the capabilities it declares. */
  readonly opening?: string;
  /** What went wrong first; undefined when everything was done. */
  readonly failed: string | undefined;
};

const SHOWN = 1_200;

/** docs/clients.md: the same for the same agents, so that a difference is one of theirs or ours. */
export function report(outcomes: readonly Outcome[]): string {
  return [
    HEAD,
    table(
      [
        'agent',
        'opens with; can',
        'over stdio',
        'over HTTP',
        'tools offered at once',
        'others',
        'instructions',
      ],
      outcomes.map(reached),
    ),
    '',
    '## What of a result the model is shown',
    '',
    RESULTS,
    table(
      ['agent', 'of text, structure, link and embedded resource', 'of a failed call', 'of a long text'],
      outcomes.map(results),
    ),
    '',
    '## What becomes of the tools',
    '',
    TOOLS,
    table(
      [
        'agent',
        '`memory_propose` is called',
        'description',
        'its schema',
        'keywords lost anywhere',
        'keywords added',
      ],
      outcomes.map(schemas),
    ),
    ...outcomes.flatMap(told),
    '',
  ].join('\n');
}

const HEAD = `# What agents make of it

Written by \`npm run agents\`. Each agent runs as it comes from npm, on a machine without network, against a model that
follows a script: \`memory_propose\`, \`memory_commit\` with the batch_id that the model read, \`search\`, \`checkpoint\`; then
a new process that knows nothing calls \`load_by_scope\` and must read what the first one left. Ids, times and paths are
masked. On a busy machine Claude Code does not wait for the answer to its \`server/discover\` and falls back to
\`initialize\`. Codex asks its model before a server has told its tools unless it is \`required = true\`, as it is here.
`;

const RESULTS = `A server of the test's own returns different words in each part of a result, and long texts. mintmark puts everything
into text and the same into structuredContent, so that it does not matter which of them a model is shown; a failure has
only text, since some would show only its structure. What is cut is the reason for \`max_tokens\` and cursors.
`;

const TOOLS = `Of the default tool list. The schema is that of \`memory_propose\`, in characters of JSON.
`;

function reached({ agent, sessions, opening, failed }: Outcome): string[] {
  const first = sessions.find(({ name }) => name === 'work')?.conversation;
  const ours = (first?.offered ?? []).filter(isOurs);
  const searched = (first?.tellings ?? []).filter(({ deferred }) => deferred).length;
  return [
    `${agent.name} ${agent.version}`,
    opening ?? 'not run',
    done(sessions, 'stdio') ?? firstLine(failed),
    done(sessions, 'HTTP') ?? firstLine(failed),
    `${ours.length}`,
    searched > 0 ? 'found by its tool search' : ours.length > 0 ? 'none' : '',
    instructionsSeen(first?.told ?? ''),
  ];
}

function done(sessions: readonly Session[], transport: Session['transport']): string | undefined {
  const both = sessions.filter(session => session.transport === transport && session.name !== 'probe');
  return both.length > 0 && both.every(({ conversation }) => conversation.said === 'DONE')
    ? 'works'
    : undefined;
}

const firstLine = (text = 'not run'): string => cell(masked(text).replace(/\s+/g, ' ').slice(0, 200));

function instructionsSeen(told: string): string {
  if (told.includes(INSTRUCTIONS)) return 'whole';
  const length = longestStart(INSTRUCTIONS, told);
  return length < 20 ? 'not seen' : `the first ${length} characters`;
}

/** How many characters of a text, from its beginning, stand somewhere in another. */
function longestStart(text: string, within: string): number {
  let length = 0;
  while (length < text.length && within.includes(text.slice(0, length + 1))) length += 1;
  return length;
}

function results({ agent, sessions }: Outcome): string[] {
  const tellings = sessions.find(({ name }) => name === 'probe')?.conversation.tellings ?? [];
  const of = (tool: string) => tellings.filter(({ call }) => call.tool === tool);
  return [
    agent.name,
    partsIn(of('parts')[0]),
    partsIn(of('fails')[0]),
    of('long').map(lengthSeen).join('; '),
  ];
}

function partsIn(telling: Telling | undefined): string {
  if (!telling) return 'unknown';
  return PARTS.filter(part => telling.shown.includes(part))
    .map(part => part.slice(3).toLowerCase())
    .join(', ');
}

/** The ruler says at each hundred characters how many were before. */
function lengthSeen({ call, shown }: Telling): string {
  const marks = [...shown.matchAll(/\[(\d+)\]\./g)].map(([, mark]) => Number(mark));
  const length = Number(call.args.length);
  const seen = marks.length * 100;
  if (seen >= length) return `${k(length)} whole`;
  const last = marks.at(-1) ?? 0;
  const gap = marks.some((mark, index) => index > 0 && mark - (marks[index - 1] ?? 0) > 100);
  return `of ${k(length)} ${k(seen)}${gap ? ' of its beginning and end' : last + 100 === seen ? ' of its beginning' : ''}`;
}

const k = (characters: number): string => `${Math.round(characters / 100) / 10}k`;

function schemas({ agent, sessions }: Outcome): string[] {
  const seen = new Map(
    sessions.filter(({ name }) => name !== 'probe').flatMap(session => shownTools(session)),
  );
  const pairs = tools.flatMap(tool => {
    const offered = seen.get(tool.name);
    return offered ? [{ own: describeTool(tool), offered }] : [];
  });
  const propose = pairs.find(({ own }) => own.name === 'memory_propose');
  if (!propose) return [agent.name, 'never', '', '', '', ''];
  const lost = new Set(pairs.flatMap(({ own, offered }) => without(own.inputSchema, offered.schema)));
  const added = new Set(pairs.flatMap(({ own, offered }) => without(offered.schema, own.inputSchema)));
  const cut = pairs.filter(({ own, offered }) => !offered.description.includes(own.description ?? ''));
  const { name, namespace } = propose.offered;
  return [
    agent.name,
    `\`${namespace === undefined ? '' : `${namespace} / `}${name}\``,
    cut.length === 0 ? 'whole' : `changed in ${cut.length}`,
    `${JSON.stringify(propose.offered.schema).length} of ${JSON.stringify(propose.own.inputSchema).length}`,
    listed(lost),
    listed(added),
  ];
}

/** Every tool of ours as it was offered, at first or after a search. */
function shownTools({ conversation }: Session): [string, Offered][] {
  const called = conversation.tellings.flatMap(({ offered }) => (offered ? [offered] : []));
  return [...conversation.offered.filter(isOurs), ...called].flatMap(offered => {
    const tool = tools.find(({ name }) => offered.name === name || offered.name.endsWith(`_${name}`));
    return tool ? [[tool.name, offered]] : [];
  });
}

const isOurs = ({ name, namespace = '' }: Offered): boolean =>
  /mintmark./.test(`${namespace}/${name}`) && name !== 'mcp__mintmark';

/** Keywords of one schema that stand nowhere in the other. */
function without(schema: unknown, other: unknown): string[] {
  const there = new Set(keywords(other));
  return keywords(schema).filter(keyword => !there.has(keyword));
}

function keywords(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(keywords);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    // Below it the keys are names of ours.
    key === 'properties' ? Object.values(value ?? {}).flatMap(keywords) : [key, ...keywords(value)],
  );
}

const listed = (names: ReadonlySet<string>): string =>
  [...names]
    .sort()
    .map(name => `\`${name}\``)
    .join(' ') || 'none';

/** What the model read, word for word. */
function told({ agent, sessions, failed }: Outcome): string[] {
  const shown = sessions
    .filter(({ name, transport }) => name !== 'probe' && transport === 'stdio')
    .flatMap(({ conversation }) => conversation.tellings)
    .flatMap(({ call, shown: text }) => [
      `\`${call.tool}\`:`,
      '',
      '```',
      masked(text).slice(0, SHOWN) + (masked(text).length > SHOWN ? ' …' : ''),
      '```',
      '',
    ]);
  const failure = failed === undefined ? [] : ['It did not work:', '', '```', masked(failed), '```', ''];
  return ['', `## ${agent.name}: what the model read`, '', ...failure, ...shown].slice(0, -1);
}

export const masked = (text: string): string =>
  text
    .replace(/\b([a-z]{3,4})_[0-9a-f]{32}/g, '$1_…')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/\b20\d\d-\d\d-\d\d\b/g, '<date>')
    .replace(/\/tmp\/mintmark-test-\w+/g, '<home>')
    .replace(/Wall time: [\d.]+ seconds/g, 'Wall time: … seconds');

const cell = (text: string): string => text.replaceAll('|', '\\|');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n');
}
