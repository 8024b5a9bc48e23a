import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { VERSION } from '../src/version.js';

/** Lowest layer first. A file imports from its own folder and from lower layers only. */
const LAYERS = [
  [
    'src/errors.ts',
    'src/version.ts',
    'src/sources.ts',
    'src/scope.ts',
    'src/trace.ts',
    'src/background.ts',
    'src/schema',
    'src/text',
    'src/config',
  ],
  ['src/store', 'src/files', 'src/models'],
  ['src/ledger', 'src/writing', 'src/access'],
  ['src/passage'],
  ['src/search'],
  ['src/memory'],
  ['src/run'],
  ['src/checkpoint'],
  ['src/blob'],
  ['src/session'],
  ['src/context'],
  ['src/pack'],
  ['src/fetch', 'src/forget', 'src/health', 'src/copy'],
  ['src/library.ts', 'src/open-store.ts'],
  ['src/engine.ts'],
  ['src/measure'],
  ['src/mcp'],
  ['src/http'],
  ['src/cli'],
  ['tools', 'resources', 'prompts'],
  ['src/main.ts'],
];

const layerOf = (file: string) =>
  LAYERS.findIndex(layer => layer.some(place => file === place || file.startsWith(`${place}/`)));

const sources = ['src', 'tools', 'resources', 'prompts'].flatMap(folder =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => join(folder, file)),
);

const text = (file: string) => readFileSync(file, 'utf8');

const importsOf = (file: string) =>
  [...text(file).matchAll(/(?:from|import\() ?'(\.[^']+)\.js'/g)].map(found =>
    normalize(join(dirname(file), `${found[1]}.ts`)),
  );

test('every source file belongs to a layer', () => {
  expect(sources.filter(file => layerOf(file) === -1)).toEqual([]);
});

test('imports only point down, or stay in their folder; layer 0 is one folder', () => {
  const upward = sources.flatMap(file =>
    importsOf(file)
      .filter(
        to =>
          layerOf(to) > layerOf(file) ||
          (layerOf(file) > 0 && layerOf(to) === layerOf(file) && !sameFolder(file, to)),
      )
      .map(to => `${file} → ${to}`),
  );
  expect(upward).toEqual([]);
});

const folderOf = (file: string) =>
  file
    .split('/')
    .slice(0, file.startsWith('src/') ? 2 : 1)
    .join('/');
const sameFolder = (file: string, to: string) => folderOf(file) === folderOf(to);

const importing = (name: string) => sources.filter(file => new RegExp(`from '${name}`).test(text(file)));

test('only src/store/sqlite knows the database driver', () => {
  expect(
    [...importing('better-sqlite3'), ...importing('sqlite-vec')].filter(
      file => !file.startsWith('src/store/sqlite/'),
    ),
  ).toEqual([]);
});

test('PostgreSQL costs nobody else anything: its driver is loaded with the first use of a database of its own', () => {
  expect(importing('pg').filter(file => !file.startsWith('src/store/postgres/'))).toEqual([]);
  const loading = sources.filter(file => /from '[^']*\/postgres\.js'/.test(text(file)));
  expect(loading).toEqual([]);
});

test('only the protocol layers know MCP', () => {
  expect(importing('@modelcontextprotocol/').filter(file => !/^src\/(?:mcp|cli)\//.test(file))).toEqual([]);
});

test('SQL is spoken in src/store only', () => {
  expect(sources.filter(file => !file.startsWith('src/store/') && /\bsql`/.test(text(file)))).toEqual([]);
});

test('no file has more than 300 lines', () => {
  expect(sources.filter(file => text(file).split('\n').length > 301)).toEqual([]);
});

test('types are never overruled: no any, no casts outside the store, no ignored errors', () => {
  const overruled = sources.flatMap(file =>
    text(file)
      .split('\n')
      .filter(line => !/^\s*(?:\/\*\*|\*|\/\/|import|export \{)/.test(line))
      .filter(line =>
        /: any\b|<any\b|@ts-|[\w)\]] as (?!const\b)(?:[A-Z]\w*|unknown|string|number|never)\b/.test(
          line.replace(/'[^']*'|`[^`]*`/g, ''),
        ),
      )
      .filter(() => !/^src\/store\/(?:sqlite|postgres)\/connection\.ts$/.test(file))
      .map(line => `${file}: ${line.trim()}`),
  );
  expect(overruled).toEqual([]);
});

test('nobody opens the database with fs: reading it would drop the locks', () => {
  const readers = sources.filter(
    file => file.startsWith('src/store/') && /readFile|createReadStream|copyFile|cpSync/.test(text(file)),
  );
  expect(readers).toEqual([]);
});

test('the version is the one in package.json', () => {
  expect(VERSION).toBe(JSON.parse(text('package.json')).version);
});
