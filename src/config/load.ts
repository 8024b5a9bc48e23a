import { inspect } from 'node:util';
import { EngineError } from '../errors.js';
import { isPostgres, isSchemaName, schemaOf } from '../text/database-url.js';
import { nearest } from '../text/nearest.js';
import { defaultText, expectedText, type NamedOption } from './option.js';
import { namedOptions, type Options } from './options.js';
import { databaseFile, type Place, workingFolder } from './paths.js';
import { type VectorPlace, vectorPlace } from './vector-options.js';

/** The settled configuration, frozen all the way down. `warnings` are sentences for the operator. */
export type Config = Options & {
  readonly warnings: readonly string[];
  /** What `vectors` names. */
  readonly vectorIndex: VectorPlace | undefined;
};

/** What a user of the library may give: any of the options, under the same names. */
export type PartialOptions = { readonly [N in keyof Options]?: Options[N] | undefined };

/**
 * Flags beat variables beat defaults. `flags` is what commander's `opts()` returns, with values as text; other keys in
 * it are ignored, and so are empty variables. An unknown MINTMARK_ variable is a warning.
 * Throws `invalid` for a value that does not fit its option.
 */
export function loadConfig({
  flags,
  ...place
}: Place & { readonly flags: Readonly<Record<string, unknown>> }): Config {
  const given = new Map<string, Given>();
  for (const { name, flag, env } of namedOptions) {
    const typed = flags[name];
    const set = place.env[env]?.trim();
    // A flag given several times is one list.
    if (typed !== undefined)
      given.set(name, { raw: Array.isArray(typed) ? typed.join(',') : typed, from: flag });
    else if (set) given.set(name, { raw: set, from: env });
  }
  const variables = Object.keys(place.env).filter(name => name.startsWith('MINTMARK_'));
  const known = namedOptions.map(option => option.env);
  return settle(given, place, { warnings: unknownNames(variables, known) });
}

/**
 * The same for the library: given options beat defaults, no MINTMARK_ variable is read. Errors as `loadConfig`;
 * an unknown option is a warning. `scope: []` means deliberately none.
 */
export function resolveOptions(
  partial: PartialOptions,
  place: Place = { env: process.env, cwd: workingFolder() },
): Config {
  const given = new Map<string, Given>();
  for (const [name, raw] of Object.entries(partial)) {
    if (raw !== undefined) given.set(name, { raw, from: name });
  }
  const known = namedOptions.map(option => option.name);
  return settle(given, place, { warnings: unknownNames([...given.keys()], known) });
}

/** A value as it came, and the name under which it came. */
type Given = { readonly raw: unknown; readonly from: string };

function settle(
  given: ReadonlyMap<string, Given>,
  place: Place,
  { warnings }: { warnings: readonly string[] },
): Config {
  const values: Record<string, unknown> = {};
  for (const option of namedOptions) {
    const found = given.get(option.name);
    values[option.name] = found === undefined ? option.default : read(option, found);
  }
  check(values, given);
  for (const [name, value] of Object.entries(values))
    if (Array.isArray(value)) values[name] = Object.freeze([...value]);
  return Object.freeze({
    ...values,
    db: databaseFile(values.db, place),
    warnings: Object.freeze([...warnings]),
    vectorIndex: vectorPlace(values, place.env),
  });
}

/** Text becomes a number or a list where the option is one; what cannot be read stays as it is and fits nothing. */
function read({ kind }: NamedOption, { raw, from }: Given): unknown {
  if (kind === 'list' && isTexts(raw)) return tidy(raw);
  if (typeof raw !== 'string') return raw;
  const text = raw.trim();
  if (kind === 'path') refuseUrl(text, from);
  if (kind === 'integer' || kind === 'number')
    return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : raw;
  if (kind !== 'list') return text;
  const names = tidy(text.split(',')).filter(name => name !== '');
  return names.length > 0 ? names : raw;
}

function refuseUrl(text: string, from: string): void {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || isDatabaseUrl(text)) return;
  const found = isPostgres(text) ? 'no valid postgres:// URL' : `a ${scheme}:// URL`;
  // The URL itself is not repeated: it may hold a password.
  throw new EngineError(
    'invalid',
    `${from} is ${found}; expected the path of a file or postgres://user:password@host/database.`,
    'Set --db, MINTMARK_DB or the library option db to one of these, or leave it out.',
  );
}

function isDatabaseUrl(text: string): boolean {
  if (!isPostgres(text) || !URL.canParse(text)) return false;
  const { schema } = schemaOf(text);
  return schema === undefined || isSchemaName(schema);
}

/** Every given value fits its option, and the defaults do by construction: so the whole is an Options. */
function check(
  values: Record<string, unknown>,
  given: ReadonlyMap<string, Given>,
): asserts values is Options & Record<string, unknown> {
  for (const option of namedOptions) {
    const found = given.get(option.name);
    if (found === undefined || fits(option, values[option.name])) continue;
    const expected = expectedText(option);
    throw new EngineError(
      'invalid',
      `${found.from} is ${'hidden' in option ? 'not what it can be' : shown(found.raw)}; expected ${expected}.`,
      `Set ${option.flag}, ${option.env} or the library option ${option.name} to ${expected}, ` +
        `or leave it out for the default (${defaultText(option)}).`,
    );
  }
  demandEmbedder(values);
  demandIssuer(values);
  demandReranker(values);
  const { relevanceWeight, importanceWeight, recencyWeight, writer, writerUrl, writerModel } = values;
  if (writer === 'http' && (writerUrl === undefined || writerModel === undefined)) {
    throw new EngineError(
      'invalid',
      `writer is http and ${writerUrl === undefined ? 'writerUrl' : 'writerModel'} is missing.`,
      'Set --writer-url (MINTMARK_WRITER_URL) and --writer-model, or --writer none.',
    );
  }
  if (relevanceWeight === 0 && importanceWeight === 0 && recencyWeight === 0) {
    throw new EngineError(
      'invalid',
      'All three weights are 0; expected at least one above 0.',
      'Set --relevance-weight (MINTMARK_RELEVANCE_WEIGHT), --importance-weight or --recency-weight.',
    );
  }
}

function demandEmbedder({ embedder, embedUrl, embedModel }: Record<string, unknown>): void {
  const lacks =
    embedder === 'http' && !embedUrl
      ? '--embed-url (MINTMARK_EMBED_URL)'
      : (embedder === 'http' || embedder === 'transformers') && !embedModel
        ? '--embed-model (MINTMARK_EMBED_MODEL)'
        : undefined;
  if (lacks)
    throw new EngineError(
      'invalid',
      `The embedder "${embedder}" needs ${lacks}; it is not set.`,
      `Set ${lacks}.`,
    );
}

function demandIssuer({ oauthIssuer, httpAuth }: Record<string, unknown>): void {
  if (oauthIssuer === undefined || httpAuth !== 'none') return;
  throw new EngineError(
    'invalid',
    'oauthIssuer is set and httpAuth is none, so nobody would have to show a token of it.',
    'Leave --http-auth at token, or leave out --oauth-issuer.',
  );
}

function demandReranker({ rerankUrl, rerankModel }: Record<string, unknown>): void {
  if ((rerankUrl === undefined) === (rerankModel === undefined)) return;
  throw new EngineError(
    'invalid',
    `${rerankUrl === undefined ? 'rerankModel is set and rerankUrl' : 'rerankUrl is set and rerankModel'} is missing.`,
    'Set both --rerank-url (MINTMARK_RERANK_URL) and --rerank-model, or neither.',
  );
}

function fits(option: NamedOption, value: unknown): boolean {
  switch (option.kind) {
    case 'path':
      // ~ada/x.db and data/ would quietly become other files than were meant.
      return (
        typeof value === 'string' &&
        (isPostgres(value) || (value !== '' && !/^~[^\\/]|[\\/]$|\0/.test(value)))
      );
    case 'string':
    case 'text':
      return typeof value === 'string' && option.pattern.test(value);
    case 'integer':
    case 'number': {
      const whole = option.kind === 'number' || Number.isInteger(value);
      return typeof value === 'number' && whole && value >= option.min && value <= option.max;
    }
    case 'enum':
      return typeof value === 'string' && option.values.includes(value);
    case 'list':
      if (!isTexts(value) || value.includes('')) return false;
      if ('maxLength' in option) return value.every(name => name.length <= option.maxLength);
      return value.length > 0 && value.every(name => option.values.includes(name));
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(name => typeof name === 'string');
}

function tidy(names: readonly string[]): string[] {
  return [...new Set(names.map(name => name.normalize('NFC').trim()))];
}

function shown(raw: unknown): string {
  const text = inspect(raw, { depth: 1, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 60 });
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function unknownNames(names: readonly string[], known: readonly string[]): string[] {
  return names
    .filter(name => !known.includes(name))
    .map(name => `${name} is not an option and was ignored. The nearest name is ${nearest(name, known)}.`);
}
