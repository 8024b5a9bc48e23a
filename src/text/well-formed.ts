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
