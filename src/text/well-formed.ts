/**
 * Why a text cannot be stored byte for byte, or undefined when it can. SQLite stops at NUL and UTF-8 has no lone
 * surrogates; replacing them silently would change what the caller gave us.
 */
export function textProblem(text: string): string | undefined {
  if (text.includes('\0')) return `has a NUL character at ${text.indexOf('\0')}; remove it`;
  if (!text.isWellFormed())
    return 'has a lone surrogate, which no UTF-8 text can hold; send well-formed Unicode';
  return undefined;
}

type Within = {
  /** Levels: below them whatever walks the value next could overflow the stack. */
  readonly deepest?: number;
  readonly most?: number;
};

/** The first `most` things in a JSON value, keys included, that cannot be stored byte for byte, each with its place. */
export function problemsIn(
  value: unknown,
  place: string,
  { deepest = 100, most = 20 }: Within = {},
): string[] {
  const problems: string[] = [];
  const walk = (inner: unknown, at: string, depth: number): void => {
    if (problems.length >= most) return;
    const problem = problemOf(inner, depth > deepest ? deepest : undefined);
    if (problem !== undefined) problems.push(`${at} ${problem}`);
    else if (typeof inner === 'object' && inner !== null)
      for (const [key, one] of Object.entries(inner)) {
        walk(key, `a key of ${at}`, 0);
        walk(one, Array.isArray(inner) ? `${at}[${key}]` : `${at}.${key}`, depth + 1);
      }
  };
  walk(value, place, 0);
  return problems;
}

function problemOf(value: unknown, end: number | undefined): string | undefined {
  if (typeof value === 'string') return textProblem(value);
  // JSON's 1e999 is read as infinity, which JSON cannot write.
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'is a number that is too large';
  const tooDeep = end !== undefined && typeof value === 'object' && value !== null;
  return tooDeep ? `is nested deeper than ${end} levels` : undefined;
}
