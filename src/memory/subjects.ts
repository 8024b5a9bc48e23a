/**
 * The identifiers that say which of many a statement is about: a ticket, a file, a step, the day of what was done. They
 * are no values, so that "Fixed #12" is not against "Fixed #13". Where one is the value ("the active ticket is ATL-123",
 * "depends on #12") it is no subject. English only: what is not recognised counts as a value.
 */
export function subjects(statement: string): ReadonlySet<string> {
  const patterns = REPORT.test(statement) ? [...NAMING, ...REPORTING] : NAMING;
  const found = patterns.flatMap(pattern =>
    [...statement.matchAll(pattern)].map(([, subject = '']) => subject),
  );
  return new Set(
    found.map(subject =>
      subject
        .toLowerCase()
        .replaceAll('`', '')
        .replace(/[.,:;]+$/, ''),
    ),
  );
}

const CODE = '`[^`\\n]+`';
const FILE_TYPES =
  'tsx?|jsx|[cm]js|py|rs|go|rb|java|kt|swift|cpp|cs|php|sh|sql|mdx?|txt|json|ya?ml|toml|xml|html|s?css|csv|vue|log|conf';
const PATH = `(?:[\\w@.~-]*/)+[\\w.-]+|[\\w-]+(?:\\.[\\w-]+)*\\.(?:${FILE_TYPES})\\b`;
const TICKET = '[A-Z][A-Z0-9]*-\\d[\\d-]*|[A-Z]\\d{3,}';
const COMMIT = '(?=[a-f]*\\d)(?=\\d*[a-f])[0-9a-f]{7,40}\\b';
const VARIABLE = '[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[a-z]+[A-Z]\\w*';
const NAME = `${CODE}|${PATH}|${TICKET}|${COMMIT}|${VARIABLE}`;
const NUMBERED = '#?[\\w./-]*\\d[\\w./-]*';

/** What there are many of, told apart by number or name. Of a port, a version or a limit there is one, with a value. */
const KIND = [
  'issue|ticket|task|bug|story|epic|pr|mr|pull request|merge request|commit|build|step|phase|stage|milestone|sprint',
  'round|iteration|session|workshop|episode|chapter|section|page|line|part|figure|room|invoice|order|migration|adr|rfc',
  'error|http|exit code|error code|status code|file|test file|function|method|class|component|flag|option|variable',
  'endpoint|server|host|get|post|put|patch|delete',
]
  .join('|')
  .split('|')
  .flatMap(kind => [kind, `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`, kind.toUpperCase()])
  .join('|');

const MONTH = '(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*\\.?';
const DATE = `\\d{4}-\\d\\d-\\d\\d|\\d{1,2}\\.? ${MONTH}|${MONTH} \\d{1,2}`;
const ARTICLE = '(?:(?:[Tt]he|[Aa]n?|[Tt]his|[Oo]ur) )?';

const NAMING = [
  /^(\d{1,3}[.)]) /gu,
  new RegExp(`^${ARTICLE}(${NAME})`, 'gu'),
  new RegExp(`^${ARTICLE}(?:${KIND}) (${NAME}|${NUMBERED})`, 'gu'),
  new RegExp(`^${ARTICLE}(?:[Pp]roject|[Cc]ustomer) ([A-Z]\\w*)`, 'gu'),
  new RegExp(`^on (${DATE})\\b`, 'giu'),
  /(?<!\b(?:is|are|was|be|to|as|at|by|in|on|of|from|with|under|via|after|before|than) )(?<!\w)(#\d+)/gu,
];

/** Says what was done and not by whom: the same is done again, to something else or on another day. */
const REPORT =
  /^(?:[A-Z]?[a-z]+ed|[Mm]et|[Ss]ent|[Rr]an|[Ww]rote|[Bb]uilt|[Mm]ade|[Ff]ound|[Hh]eld|[Gg]ave) /u;
const REPORTING = [
  new RegExp(`(?<!\\b(?:to|as|at|by) )\\b(?:${KIND}) (${NAME}|${NUMBERED})`, 'gu'),
  /(?<!\b(?:to|as|at|by) )(?<!\w)(#\d+)/gu,
  /^(?:Released|Published|Shipped|Tagged|Deployed) (?:version )?(v?\d+(?:\.\d+)+)/gu,
  new RegExp(`\\bon (${DATE}|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\\b`, 'giu'),
];
