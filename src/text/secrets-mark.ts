import { ENTROPY_RULE, PEM_RULE, type SecretRule, TOKEN_RULES } from './secrets.js';
import { PHRASE_RULES, SECRET_WORDS } from './secrets-phrases.js';

/** A text whose secrets are replaced by markers, and how many of each kind there were. */
export type Marked = { readonly text: string; readonly kinds: ReadonlyMap<string, number> };

/** Applies every rule of ours until nothing matches: a marker can open a boundary for what stood beside it. Four rounds have always sufficed. */
export function mark(text: string): Marked {
  const kinds = new Map<string, number>();
  let before = text;
  for (let round = 0; round < 4; round++) {
    let after = hasLongRun(before) ? applyRules(before, SHAPE_RULES, kinds) : before;
    if (SECRET_WORDS.test(after)) after = applyRules(after, PHRASE_RULES, kinds);
    if (hasLongRun(after)) after = applyRule(after, ENTROPY_RULE, kinds);
    if (after === before) break;
    before = after;
  }
  return { text: before, kinds };
}

/** Whether any rule, ours or secretlint's, can match: 4 µs for 400 bytes of prose. */
export function mayHoldSecret(text: string): boolean {
  return hasLongRun(text) || SECRET_WORDS.test(text);
}

/** What stands where a secret stood. No rule matches it. */
export function marker(kind: string): string {
  return `[redacted:${kind}]`;
}

export function sumOfKinds(
  a: ReadonlyMap<string, number>,
  b: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const both = new Map(a);
  for (const [kind, count] of b) both.set(kind, (both.get(kind) ?? 0) + count);
  return both;
}

const MARKER = /^\[redacted:[a-z0-9-]+\]?$/;
const SHAPE_RULES: readonly SecretRule[] = [PEM_RULE, ...TOKEN_RULES];

function applyRules(text: string, rules: readonly SecretRule[], kinds: Map<string, number>): string {
  return rules.reduce((rest, rule) => applyRule(rest, rule, kinds), text);
}

function applyRule(text: string, rule: SecretRule, kinds: Map<string, number>): string {
  if (text.search(rule.pattern) < 0) return text;
  let out = '';
  let done = 0;
  for (const match of text.matchAll(rule.pattern)) {
    const start = match.index + (match.groups?.keep?.length ?? 0);
    const end = match.index + match[0].length;
    const secret = text.slice(start, end);
    if (match.groups?.skip !== undefined || MARKER.test(secret) || rule.accept?.(secret) === false) continue;
    out += text.slice(done, start) + marker(rule.kind);
    done = end;
    kinds.set(rule.kind, (kinds.get(rule.kind) ?? 0) + 1);
  }
  return done === 0 ? text : out + text.slice(done);
}

/** Twenty characters of a token in a row, not all of them lower case: what every shape rule asks for at the least. */
function hasLongRun(text: string): boolean {
  let length = 0;
  let mixed = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const kind = code < 128 ? (RUN_CLASS[code] ?? 0) : 0;
    if (kind === 0) {
      length = 0;
      mixed = false;
    } else {
      length++;
      mixed ||= kind === 2;
      if (mixed && length >= 20) return true;
    }
  }
  return false;
}

/** By ASCII code: 0 ends a run, 1 is in it, 2 is in it and makes it mixed. */
const RUN_CLASS = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (/[0-9A-Z]/.test(char)) return 2;
  return /[a-z_+/=.:~$@%,-]/.test(char) ? 1 : 0;
});
