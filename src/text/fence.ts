/**
 * Wraps stored text that nobody vouches for, so that a model sees where it begins and ends: a Markdown fence longer
 * than any run of its character within, with `label` (such as `untrusted import`) beside it. The lines between the first
 * and the last are the text, to the byte: one that ends with a line feed shows an empty line.
 */
export function fence(text: string, label: string): string {
  const ticks = longestRun(text, '`');
  const tildes = longestRun(text, '~');
  const mark = (ticks <= tildes ? '`' : '~').repeat(Math.max(2, Math.min(ticks, tildes)) + 1);
  const info = label.replace(UNSAFE, ' ').replace(/ +/g, ' ').trim().slice(0, MAX_LABEL) || 'untrusted';
  return `${mark} ${info}\n${text}\n${mark}`;
}

/** A label is one line of plain words: it can neither end its line nor look like the fence. */
const UNSAFE = /[^A-Za-z0-9 _.:/-]/g;
const MAX_LABEL = 64;

function longestRun(text: string, char: string): number {
  let longest = 0;
  for (let at = text.indexOf(char); at >= 0; at = text.indexOf(char, at)) {
    const start = at;
    while (text[at] === char) at += 1;
    longest = Math.max(longest, at - start);
  }
  return longest;
}
