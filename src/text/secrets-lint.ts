import { type Marked, mark, marker, sumOfKinds } from './secrets-mark.js';

/** Whether a text our own rules have been over may still hold something for `lint`. They cover its formats, so that it
 * is hardly ever loaded. */
export function mayInterestLint(text: string): boolean {
  return LINTABLE.test(text);
}

/** Runs secretlint's rules themselves: @secretlint/core leaves 36 performance marks a call in memory for good, and
 * its comments would let a text switch the rules off (`ignore` does nothing here). Our rules then see what its markers set free. */
export async function lint(text: string): Promise<Marked> {
  const { rules } = await import('@secretlint/secretlint-rule-preset-recommend');
  const found: { start: number; end: number; kind: string }[] = [];
  for (const rule of rules) {
    const kind = rule.meta.id.replace('@secretlint/secretlint-rule-', '');
    const handler = rule.create(
      {
        sharedOptions: {},
        createTranslator: () => id => ({ message: '', messageId: String(id), data: undefined }),
        report: ({ range: [start, end] }) => found.push({ start, end, kind }),
        ignore: () => {},
      },
      {},
    );
    await handler.file?.(asSource(text));
  }
  const linted = replaceSpans(text, found);
  const marked = mark(linted.text);
  return { text: marked.text, kinds: sumOfKinds(linted.kinds, marked.kinds) };
}

/** What any rule of secretlint needs to see. */
const LINTABLE =
  /\b(?:A3T[A-Z0-9]|AKIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA)[A-Z0-9]{16}|-----BEGIN[^\n-]{0,40}PRIVATE KEY|_authToken=[^$[]|xox[abopr]-\w|xapp-\w|hooks\.slack\.com\/services\/T|npm_\w{36}|sk-ant-api|T3BlbkFJ|lin_api_\w{32}|SG\.\w{1,128}\.\w|shp(?:pa|ca|at|ss)_\w{32}|gh[opsur]_\w{36}|github_pat_\w{36}|ops_ey\w|[^\]]:x-oauth-basic@|(?:mongodb|mysql|postgres)[\w+]{0,5}:\/\/[^:/\s]{1,100}:[^@/\s[]{1,200}@|(?:https?|ftps?):\/\/[-\w]{1,256}:[-\w]{1,256}@|aws.{0,20}key.{0,10}[A-Za-z0-9/+]{40}/i;

function asSource(content: string) {
  const range: readonly [number, number] = [0, 0];
  const nowhere = { line: 1, column: 0 };
  return {
    hasBOM: false,
    content,
    filePath: undefined,
    physicalFilePath: undefined,
    contentType: 'text',
    ext: '.txt',
    getFilePath: () => undefined,
    getPhysicalFilePath: () => undefined,
    locationToRange: () => range,
    rangeToLocation: () => ({ start: nowhere, end: nowhere }),
    positionToIndex: () => 0,
    indexToPosition: () => nowhere,
  } as const;
}

/** A span that holds a marker is one our own rules have already dealt with. Some spans (npm, AWS) have the length of the
 * secret but start before it, so that each is drawn out to the end of its word. */
function replaceSpans(text: string, spans: readonly { start: number; end: number; kind: string }[]): Marked {
  const kinds = new Map<string, number>();
  let out = '';
  let done = 0;
  for (const { start, end, kind } of [...spans].sort((a, b) => a.start - b.start)) {
    if (start < done || text.slice(start, end).includes('[redacted:')) continue;
    const tail = /^[\w.~+/=-]*/.exec(text.slice(end))?.[0] ?? '';
    out += text.slice(done, start) + marker(kind);
    done = end + tail.length;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return { text: out + text.slice(done), kinds };
}
