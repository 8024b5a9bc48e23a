/** Writes the README's tables from the declarations they describe. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prompts } from '../prompts/index.js';
import { resources } from '../resources/index.js';
import { defaultText, expectedText } from '../src/config/option.js';
import { namedOptions } from '../src/config/options.js';
import { inputOf } from '../src/mcp/surface.js';
import { tools } from '../tools/index.js';

/** The README with each generated table brought up to date. Throws when a pair of markers is missing. */
export function renderReadme(current: string): string {
  return Object.entries({ tools: toolTable(), resources: resourceTable(), options: optionTable() }).reduce(
    (text, [name, table]) => between(text, name, table),
    current,
  );
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

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync('README.md', renderReadme(readFileSync('README.md', 'utf8')));
}
