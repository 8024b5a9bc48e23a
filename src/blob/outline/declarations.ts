import { at, linesIn } from './lines.js';

/** What a declaration starts with in most languages, after what may stand before it. */
const BEFORE =
  /^(?:export|default|public|private|protected|internal|static|abstract|final|async|pub|pub\(crate\)|unsafe|inline|override|virtual|open|sealed|declare|local)$/;
const WORD =
  /^(?:function\*?|class|interface|enum|struct|trait|impl|module|namespace|def|fn|func|fun|type|object|protocol|extension|record|macro_rules!|#define|@interface)$/;
/** Deeper is the inside of a function. */
const INDENT = 4;
const WORDS = 5;

/** Lines that look like declarations, for languages without a parser here and texts too large for one. */
export const declarationsOf = (text: string): readonly string[] =>
  linesIn(text).flatMap((line, index) => {
    const trimmed = line.trimStart();
    if (line.length - trimmed.length > INDENT || !declares(trimmed.slice(0, 200))) return [];
    return [`${at(index)}${line.trimEnd()}`];
  });

function declares(line: string): boolean {
  const words = line.split(/\s+/, WORDS);
  const first = words.find(word => !BEFORE.test(word));
  return first !== undefined && WORD.test(first) && words.at(-1) !== first;
}
