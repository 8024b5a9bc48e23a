/** Every way a call can fail that its caller can act on. */
export type ErrorCode =
  | 'invalid'
  | 'not_found'
  | 'conflict'
  | 'forbidden'
  | 'unauthorized'
  | 'rate_limited'
  | 'too_large'
  | 'busy'
  | 'disk_full'
  | 'read_only'
  | 'damaged'
  | 'not_a_database'
  | 'cannot_open'
  | 'file_replaced'
  | 'upgrade_needed'
  | 'unsuitable_filesystem'
  | 'io_error'
  | 'unavailable';

/** What the calling agent can act on. Anything else that is thrown is a bug. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: ErrorCode;
  /** What to do next, in the imperative: usually the next call to make. */
  readonly hint: string;
  /** The message without its end, the `aside`. */
  readonly brief: string;
  /** What only who runs the server is told: where the store is and what it said itself. */
  readonly aside: string;

  constructor(
    code: ErrorCode,
    message: string,
    hint: string,
    { aside = '', ...options }: ErrorOptions & { readonly aside?: string } = {},
  ) {
    super(`${message}${aside}`, options);
    this.code = code;
    this.hint = hint;
    this.brief = message;
    this.aside = aside;
  }
}

/** What the system, a driver or a library calls an error, such as ENOENT; undefined for one without a name. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** What went wrong, in the words of whoever threw it. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

type Refused = { readonly refused: string; readonly hint: string };

/** An `invalid` with each problem on a line of its own, so that one repeated call can mend them all. */
export const refusal = (problems: readonly string[], { refused, hint }: Refused): EngineError =>
  new EngineError('invalid', `${refused}:\n${problems.map(problem => `- ${problem}`).join('\n')}`, hint);

export function demandNone(problems: readonly string[], refused: Refused): void {
  if (problems.length > 0) throw refusal(problems, refused);
}

/** Characters: where clients cut the text of an error, its end is lost, which is the next call. */
const MOST = 10_000;

/** All of it in one text, for who sees nothing else; the hint below what is a list. */
export const tell = ({ message, hint }: Pick<EngineError, 'message' | 'hint'>): string =>
  `${shortened(message)}${message.includes('\n') ? '\n' : ' '}${hint}`;

/** The same for callers over the network, who have no business with files and servers of the operator's. */
export const tellElsewhere = ({ brief, hint }: EngineError): string => tell({ message: brief, hint });

/** The first lines of a long list, and how many more there are. */
function shortened(message: string): string {
  if (message.length <= MOST) return message;
  const lines = message.split('\n');
  let room = MOST;
  const end = lines.findIndex(line => {
    room -= line.length + 1;
    return room < 0;
  });
  const kept = lines.slice(0, end).join('\n') || `${message.slice(0, MOST)}…`;
  const left = lines.length - Math.max(end, 1);
  return left === 0 ? kept : `${kept}\n- and ${left} more`;
}

/** A person has to agree first. Where the client can ask one, the question is put to them; elsewhere this is the error. */
export class ApprovalNeeded extends EngineError {
  readonly question: string;

  constructor(message: string, hint: string, question: string) {
    super('forbidden', message, hint);
    this.question = question;
  }
}
