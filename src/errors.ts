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

  constructor(code: ErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

/** A person has to agree first. Where the client can ask one, the question is put to them; elsewhere this is the error. */
export class ApprovalNeeded extends EngineError {
  readonly question: string;

  constructor(message: string, hint: string, question: string) {
    super('forbidden', message, hint);
    this.question = question;
  }
}
