import { declarationsOf } from './declarations.js';
import { parsedDeclarations } from './syntax.js';

/** Declarations with their lines: from the syntax tree where the language is known and the text not too large. */
export const codeOutline = async (kind: string, text: string): Promise<readonly string[]> =>
  (await parsedDeclarations(kind, text)) ?? declarationsOf(text);
