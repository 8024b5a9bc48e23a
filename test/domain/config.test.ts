import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, resolveOptions } from '../../src/config/load.js';
import { defaultText, expectedText } from '../../src/config/option.js';
import { namedOptions, options } from '../../src/config/options.js';
import type { Place } from '../../src/config/paths.js';

const place: Place = { env: {}, cwd: '/work', home: '/home/ada', platform: 'linux' };
const load = (flags: Record<string, unknown>, env: Record<string, string> = {}) =>
  loadConfig({ ...place, flags, env });

describe('the table of options', () => {
  it('gives every option a flag and a variable of the same name', () => {
    const names = namedOptions.map(({ name, flag, env }) => [name, flag, env]);
    expect(names).toContainEqual(['db', '--db', 'MINTMARK_DB']);
    expect(names).toContainEqual(['busyTimeoutMs', '--busy-timeout-ms', 'MINTMARK_BUSY_TIMEOUT_MS']);
    expect(new Set(names.map(([, flag]) => flag)).size).toBe(Object.keys(options).length);
  });

  it.each(namedOptions)('says what $name is, what it may be and what it is by default', option => {
    expect(option.description).toMatch(/^\S.{5,90}\.$/);
    expect(expectedText(option)).not.toBe('');
    expect(defaultText(option)).not.toBe('');
  });

  it.each(namedOptions.filter(option => option.default !== undefined))(
    'has a default for $name that it would accept from a flag',
    option => {
      expect(load({ [option.name]: defaultText(option) })).toEqual(load({}));
    },
  );
});

describe('loading the configuration', () => {
  it('needs nothing', () => {
    const config = load({});
    expect(config).toMatchObject({
      db: '/home/ada/.local/share/mintmark/mintmark.db',
      namespace: 'default',
      scope: undefined,
      tools: ['memory', 'checkpoint', 'run'],
      commitPolicy: 'agent',
      untrustedPolicy: 'human',
      busyTimeoutMs: 15000,
      retentionImportance: 0.3,
      warnings: [],
    });
  });

  it('prefers a flag to a variable and a variable to the default', () => {
    const env = { MINTMARK_SEARCH_LIMIT: '20', MINTMARK_REDACT: 'off' };
    const config = load({ searchLimit: '30' }, env);
    expect(config).toMatchObject({ searchLimit: 30, redact: 'off', durability: 'full' });
  });

  it('takes an empty variable for a missing one', () => {
    expect(load({}, { MINTMARK_DB: '', MINTMARK_SCOPE: ' ', MINTMARK_POLL_MS: '' })).toEqual(load({}));
  });

  it('does not look at a variable that a flag overrides', () => {
    expect(load({ searchLimit: '30' }, { MINTMARK_SEARCH_LIMIT: 'many' }).searchLimit).toBe(30);
  });

  it('ignores flags of the command line that are no options', () => {
    expect(load({ json: true, verbose: 2 })).toEqual(load({}));
  });

  it.each([
    ['repo:a/b', ['repo:a/b']],
    [' repo:a/b , user:ada,,repo:a/b', ['repo:a/b', 'user:ada']],
    [
      ['repo:a/b', 'user:ada,user:bob'],
      ['repo:a/b', 'user:ada', 'user:bob'],
    ],
    ['cafe\u0301', ['caf\u00e9']],
  ])('reads the scope %j', (scope, nodes) => {
    expect(load({ scope }).scope).toEqual(nodes);
  });

  it.each([
    ['.5', 0.5],
    ['1', 1],
    ['0', 0],
    [' 0.25 ', 0.25],
  ])('reads the number %j', (text, value) => {
    expect(load({ lookalikeOverlap: text }).lookalikeOverlap).toBe(value);
  });

  it('freezes the result all the way down', () => {
    const config = load({ scope: 'repo:a/b' });
    for (const value of [config, config.tools, config.scope, config.warnings]) {
      expect(Object.isFrozen(value)).toBe(true);
    }
    expect(() => Object.assign(config, { namespace: 'eve' })).toThrow(TypeError);
  });

  it('leaves the table as it was', () => {
    expect(Object.isFrozen(options.tools.default)).toBe(false);
    expect(load({ tools: 'all' }).tools).toEqual(['all']);
    expect(load({}).tools).toEqual(options.tools.default);
  });

  it('warns of a variable it does not know and names the nearest one', () => {
    const { warnings } = load({}, { MINTMARK_NAMESPCE: 'ada', MINTMARK_DB: '/x.db', HOME: '/home/ada' });
    expect(warnings).toEqual([
      'MINTMARK_NAMESPCE is not an option and was ignored. The nearest name is MINTMARK_NAMESPACE.',
    ]);
  });
});

describe('a value that does not fit', () => {
  it.each([
    ['namespace', 'Ada'],
    ['namespace', '../ada'],
    ['namespace', ''],
    ['namespace', 'a'.repeat(64)],
    ['commitPolicy', 'robot'],
    ['commitPolicy', 'Agent'],
    ['tools', 'memory,memories'],
    ['tools', ','],
    ['tools', true],
    ['scope', ''],
    ['scope', ' , '],
    ['scope', 'x'.repeat(201)],
    ['busyTimeoutMs', '-1'],
    ['busyTimeoutMs', '1.5'],
    ['busyTimeoutMs', '15s'],
    ['busyTimeoutMs', '0x10'],
    ['busyTimeoutMs', ''],
    ['searchLimit', '0'],
    ['searchLimit', '101'],
    ['retentionImportance', '1.1'],
    ['retentionImportance', 'NaN'],
    ['recencyDays', '0'],
    ['db', ''],
    ['db', '/data/'],
    ['db', '~bob/x.db'],
    ['db', '/x\0.db'],
    ['db', true],
    ['db', 'mysql://host/x'],
  ])('is refused: %s %j', (name, value) => {
    const option = namedOptions.find(each => each.name === name);
    expect(() => load({ [name]: value })).toThrowError(
      expect.objectContaining({
        name: 'EngineError',
        code: 'invalid',
        message: expect.stringMatching(new RegExp(`^${option?.flag} is .*; expected `, 's')),
        hint: expect.stringMatching(`${option?.flag}, ${option?.env} or the library option ${name} `),
      }),
    );
  });

  it('is named by the variable it came from, with what was found', () => {
    expect(() => load({}, { MINTMARK_REDACT: 'yes' })).toThrowError(
      expect.objectContaining({ message: "MINTMARK_REDACT is 'yes'; expected one of on, off, reject." }),
    );
  });

  it('is cut short in the message', () => {
    expect(() => load({ namespace: 'x'.repeat(10_000) })).toThrowError(/^.{50,250}$/);
  });

  it.each(['postgres://u:hunter2@h:port/d', 'PostgreSQL://u:hunter2@h/d?schema=no"name'])(
    'does not repeat the password of %s',
    db => {
      expect(() => load({}, { MINTMARK_DB: db })).toThrowError(
        expect.objectContaining({
          code: 'invalid',
          message: expect.stringMatching(/^MINTMARK_DB (?!.*hunter2).*no valid postgres:\/\/ URL/),
        }),
      );
    },
  );

  it('does not repeat the password of another URL', () => {
    expect(() => load({ db: 'mysql://u:hunter2@h/d' })).toThrowError(/^(?!.*hunter2)/);
  });

  it('is three weights of nothing', () => {
    const weights = { relevanceWeight: '0', importanceWeight: '0', recencyWeight: '0' };
    expect(() => load(weights)).toThrowError(expect.objectContaining({ code: 'invalid' }));
    expect(load({ ...weights, recencyWeight: '.1' }).recencyWeight).toBe(0.1);
  });
});

describe('options of the library', () => {
  it('go by the same names, defaults and rules', () => {
    expect(resolveOptions({}, place)).toEqual(load({}));
    expect(resolveOptions({ db: 'x.db', searchLimit: 5 }, place)).toEqual(
      load({ db: 'x.db', searchLimit: '5' }),
    );
  });

  it('take undefined for missing', () => {
    expect(resolveOptions({ db: undefined, namespace: undefined }, place)).toEqual(load({}));
  });

  it('do not read MINTMARK_ variables', () => {
    const env = { MINTMARK_NAMESPACE: 'ada', MINTMARK_DB: '/x.db' };
    expect(resolveOptions({}, { ...place, env })).toEqual(load({}));
  });

  it('stand in this process when no place is given', () => {
    expect(resolveOptions({ db: 'x.db' }).db).toBe(resolve('x.db'));
  });

  it('may say that there is deliberately no home scope', () => {
    expect(resolveOptions({ scope: [] }, place).scope).toEqual([]);
  });

  it('do not split names at commas', () => {
    expect(resolveOptions({ scope: ['a,b'] }, place).scope).toEqual(['a,b']);
  });

  it('do not change when the list that was given does', () => {
    const scope = ['a'];
    const config = resolveOptions({ scope }, place);
    scope.push('b');
    expect(config.scope).toEqual(['a']);
  });

  it.each([
    { searchLimit: Number.NaN },
    { searchLimit: Number.POSITIVE_INFINITY },
    { searchLimit: 2.5 },
    { scope: [''] },
    { scope: [' ', 'a'] },
    { tools: [] },
    { namespace: 'Ada' },
    JSON.parse('{"scope": [1]}'),
    JSON.parse('{"db": null}'),
    JSON.parse('{"redact": true}'),
    JSON.parse('{"namespace": {"a": 1}}'),
  ])('are refused: %o', partial => {
    const name = Object.keys(partial)[0];
    expect(() => resolveOptions(partial, place)).toThrowError(
      expect.objectContaining({ code: 'invalid', message: expect.stringMatching(`^${name} is `) }),
    );
  });

  it('warn of a name that is none', () => {
    const partial = JSON.parse('{"nameSpace": "ada"}');
    expect(resolveOptions(partial, place).warnings).toEqual([
      'nameSpace is not an option and was ignored. The nearest name is namespace.',
    ]);
  });
});

describe('a vector index beside the database', () => {
  const load = (env: Record<string, string>) =>
    loadConfig({ flags: {}, env, cwd: '/work', home: '/home/ada' });

  it('is none unless it is asked for, whatever other programs are told', () => {
    expect(load({ QDRANT_URL: 'http://qdrant:6333' }).vectorIndex).toBeUndefined();
  });

  it('is at the address given, or at that of QDRANT_URL', () => {
    const env = { QDRANT_URL: 'http://qdrant:6333/', QDRANT_COLLECTION: 'notes', QDRANT_API_KEY: 'k' };
    expect(load({ ...env, MINTMARK_VECTORS: 'qdrant' }).vectorIndex).toEqual({
      url: 'http://qdrant:6333',
      collection: 'notes',
      key: 'k',
    });
    const own = { MINTMARK_VECTORS: 'qdrant+https://other', MINTMARK_VECTORS_COLLECTION: 'mine' };
    expect(load({ ...own, MINTMARK_VECTORS_KEY: 'mine' }).vectorIndex).toEqual({
      url: 'https://other',
      collection: 'mine',
      key: 'mine',
    });
  });

  it.each([
    [{ MINTMARK_VECTORS: 'qdrant' }, /QDRANT_URL is no http/],
    [{ MINTMARK_VECTORS: 'qdrant', QDRANT_URL: 'http://ada:secret@host' }, /QDRANT_URL is no http/],
    [{ MINTMARK_VECTORS: 'pinecone' }, /MINTMARK_VECTORS is .*expected qdrant\+http/],
  ])('%o is refused', (env, problem) => {
    expect(() => load(env)).toThrow(problem);
  });
});
