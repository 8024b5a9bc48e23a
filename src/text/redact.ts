import { EngineError } from '../errors.js';
import { lint, mayInterestLint } from './secrets-lint.js';
import { type Marked, mark, marker, mayHoldSecret, sumOfKinds } from './secrets-mark.js';
import { kindUnderKey } from './secrets-phrases.js';

/** `on` replaces secrets by a marker, `reject` refuses a value that holds one, `off` looks at nothing. */
export type RedactMode = 'on' | 'off' | 'reject';

/** One kind of secret in one string. `path` is written as in JavaScript (`changes[0].content`), empty for a bare
 * string; a secret that was a key shows in it as its marker. No field holds any part of the secret. */
export type Redaction = { readonly path: string; readonly kind: string; readonly count: number };

/**
 * Replaces the secrets in every string of a JSON value, keys included, by `[redacted:kind]`. The shape is kept, text
 * around a secret stays byte for byte, a second pass changes nothing, and a value without secrets comes back itself.
 * JSON inside a string is treated as text: parse it first where it must stay JSON.
 * @throws EngineError `invalid` in mode `reject`, naming places and kinds; or when nested deeper than 500 levels.
 */
export function redact<T>(value: T, mode: RedactMode): Promise<{ value: T; redactions: Redaction[] }>;
export async function redact(
  value: unknown,
  mode: RedactMode,
): Promise<{ value: unknown; redactions: Redaction[] }> {
  if (mode === 'off') return { value, redactions: [] };
  const unsure = new Set<string>();
  let walk = new Walk(unsure, new Map());
  let clean = walk.value(value, TOP);
  if (unsure.size > 0) {
    const linted = new Map<string, Marked>();
    for (const text of unsure) linted.set(text, await lint(text));
    walk = new Walk(unsure, linted);
    clean = walk.value(value, TOP);
  }
  if (mode === 'reject' && walk.redactions.length > 0) throw refusal(walk.redactions);
  return { value: clean, redactions: walk.redactions };
}

/** Its path is put together only where something is to be said of it. */
type Place = {
  readonly within?: Place;
  readonly at: string | number;
  readonly key: string;
  readonly depth: number;
};

const TOP: Place = { at: '', key: '', depth: 0 };

const MAX_DEPTH = 500;
const NOTHING: ReadonlyMap<string, number> = new Map();

class Walk {
  readonly redactions: Redaction[] = [];
  readonly #unsure: Set<string>;
  readonly #linted: ReadonlyMap<string, Marked>;

  constructor(unsure: Set<string>, linted: ReadonlyMap<string, Marked>) {
    this.#unsure = unsure;
    this.#linted = linted;
  }

  /** The value itself when nothing in it changed, so that what holds no secret is not copied. */
  value(value: unknown, at: Place): unknown {
    if (typeof value === 'string') return this.#string(value, at);
    if (typeof value !== 'object' || value === null) return value;
    if (at.depth > MAX_DEPTH) {
      throw new EngineError('invalid', `Nested deeper than ${MAX_DEPTH} levels.`, 'Send a flatter value.');
    }
    if (Array.isArray(value)) return this.#array(value, at);
    return isPlain(value) ? this.#object(value, at) : value;
  }

  #array(items: readonly unknown[], at: Place): unknown {
    const copy = items.map((item, i) =>
      this.value(item, { within: at, at: i, key: at.key, depth: at.depth + 1 }),
    );
    return copy.some((item, i) => item !== items[i]) ? copy : items;
  }

  #object(object: object, at: Place): unknown {
    let changed = false;
    const taken = new Set<string>();
    const entries = Object.entries(object).map(([key, item]: [string, unknown]) => {
      const cleaned = this.#clean(key);
      const name = unusedName(cleaned.text, taken);
      const place = { within: at, at: name, key: name, depth: at.depth + 1 };
      this.#report(place, cleaned.kinds);
      const copy = this.value(item, place);
      changed ||= name !== key || copy !== item;
      return [name, copy] as const;
    });
    return changed ? Object.fromEntries(entries) : object;
  }

  #string(text: string, at: Place): string {
    const cleaned = this.#clean(text);
    const kind = cleaned.text === text ? kindUnderKey(at.key, text) : undefined;
    if (kind !== undefined) {
      this.#report(at, new Map([[kind, 1]]));
      return marker(kind);
    }
    this.#report(at, cleaned.kinds);
    return cleaned.text;
  }

  #clean(text: string): Marked {
    if (!mayHoldSecret(text)) return { text, kinds: NOTHING };
    const own = mark(text);
    const linted = this.#linted.get(own.text);
    if (linted !== undefined) return { text: linted.text, kinds: sumOfKinds(own.kinds, linted.kinds) };
    if (mayInterestLint(own.text)) this.#unsure.add(own.text);
    return own;
  }

  #report(place: Place, kinds: ReadonlyMap<string, number>): void {
    for (const [kind, count] of kinds) this.redactions.push({ path: pathOf(place), kind, count });
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Two secrets of one kind as keys of one object become one marker: the later ones are numbered. */
function unusedName(name: string, taken: Set<string>): string {
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name}#${n}`;
  taken.add(free);
  return free;
}

function pathOf({ within, at }: Place): string {
  if (!within) return '';
  return typeof at === 'number' ? `${pathOf(within)}[${at}]` : joined(pathOf(within), at);
}

function joined(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

function refusal(redactions: readonly Redaction[]): EngineError {
  const places = redactions
    .slice(0, 20)
    .map(({ path, kind }) => `${path === '' ? 'the text' : path}: ${kind}`);
  const more = redactions.length > 20 ? ` and ${redactions.length - 20} more` : '';
  return new EngineError(
    'invalid',
    `Refused: what looks like a secret is at ${places.join('; ')}${more}.`,
    'Remove the secret, or name where it is kept instead, and send the call again.',
  );
}
