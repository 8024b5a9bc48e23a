import { at, linesIn } from './lines.js';

/** The headings with their lines; what stands in a fence is no heading. */
export function markdownOutline(text: string): readonly string[] {
  const lines = linesIn(text);
  const found: string[] = [];
  let fence: string | undefined;
  for (const [index, line] of lines.entries()) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence) && line.trim() === mark) fence = undefined;
    } else if (mark !== undefined) fence = mark;
    else {
      const heading = headingOf(line, lines[index + 1] ?? '');
      if (heading !== undefined) found.push(`${at(index)}${heading}`);
    }
  }
  return found;
}

/** Either kind of CommonMark; a line of dashes below a list or a table is none. */
function headingOf(line: string, next: string): string | undefined {
  if (/^#{1,6}(?: |$)/.test(line)) return line.trimEnd();
  if (!/^[^\s\-*+|>#]/.test(line)) return undefined;
  const below = next.trimEnd();
  if (/^={2,200}$/.test(below)) return `# ${line.trimEnd()}`;
  return /^-{2,200}$/.test(below) ? `## ${line.trimEnd()}` : undefined;
}
