/** Writes the README's tables from the declarations they describe. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { prompts } from '../prompts/index.js';
import { resources } from '../resources/index.js';
import { defaultText, expectedText } from '../src/config/option.js';
import { namedOptions } from '../src/config/options.js';
import { inputOf } from '../src/mcp/surface.js';
import { tools } from '../tools/index.js';

/** The README with each generated table brought up to date. Throws when a pair of markers is missing. */
export function renderReadme(current: string): string {
  const tables = {
    tools: toolTable(),
    resources: resourceTable(),
    options: optionTable(),
    costs: costTable(),
    finds: findTable(),
  };
  return Object.entries(tables).reduce((text, [name, table]) => between(text, name, table), current);
}

function between(text: string, name: string, table: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`README.md lacks ${open} … ${close}`);
  return `${text.slice(0, from + open.length)}\n${table}\n${text.slice(to)}`;
}

const toolTable = () =>
  table(
    ['tool', 'what it does', 'arguments'],
    tools.map(tool => [`\`${tool.name}\``, tool.description, argumentList(inputOf(tool).shape)]),
  );

function argumentList(shape: Record<string, { safeParse(value: unknown): { success: boolean } }>): string {
  const names = Object.entries(shape).map(
    ([name, field]) => `\`${name}${field.safeParse(undefined).success ? '?' : ''}\``,
  );
  return names.length === 0 ? 'none' : names.join(' ');
}

const resourceTable = () =>
  table(
    ['resource or prompt', 'what it is'],
    [
      ...resources.map(({ uriTemplate, description }) => [`\`${uriTemplate}\``, description]),
      ...prompts.map(({ name, description }) => [`prompt \`${name}\``, description]),
    ],
  );

const optionTable = () =>
  table(
    ['flag', 'variable', 'default', 'expected', 'what it does'],
    namedOptions.map(option => [
      `\`${option.flag}\``,
      `\`${option.env}\``,
      defaultText(option),
      expectedText(option),
      option.description,
    ]),
  );

const Costs = z.object({ results: z.record(z.string(), z.record(z.string(), z.number())) });

/** The rows of `bench/results.json` that a reader asks for first. */
const COSTS = [
  'start to first reply, ms',
  'resident MB, idle',
  'resident MB, 10000 memories',
  'tokens of tools/list',
  'write, one by one, per s',
  'write, batches of 100, per s',
  ...['rare', 'three', 'question'].flatMap(kind => [
    `search, ${kind}, 10000, p50 ms`,
    `search, ${kind}, 10000, hit@10`,
  ]),
];
const SERVERS = ['mintmark', 'server-memory', 'floor'];

function costTable(): string {
  const { results } = Costs.parse(readJson('bench/results.json'));
  return table(
    ['', ...SERVERS],
    COSTS.map(cost => [cost, ...SERVERS.map(server => String(results[cost]?.[server] ?? ''))]),
  );
}

const Figures = z.object({ recall_5: z.number() });
type Figures = z.infer<typeof Figures>;
const Finds = z.object({ results: z.record(z.string(), z.record(z.string(), Figures)) });
const THROUGH = 'own sets through stdio, ';

function findTable(): string {
  const { results } = Finds.parse(readJson('bench/results-recall.json'));
  const asked = Object.entries(results).filter(([name]) => name.startsWith(THROUGH));
  const sets = Object.keys(asked[0]?.[1] ?? {});
  const share = (figures: Figures | undefined) => figures?.recall_5.toFixed(3) ?? '';
  return table(
    ['', ...asked.map(([name]) => name.slice(THROUGH.length))],
    [
      ...sets.map(set => [set, ...asked.map(([, figures]) => share(figures[set]))]),
      ['LoCoMo', share(results['LoCoMo, default']?.all), ...asked.slice(1).map(() => '')],
    ],
  );
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync('README.md', renderReadme(readFileSync('README.md', 'utf8')));
}
