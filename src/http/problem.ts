import { STATUS_CODES } from 'node:http';
import type { ErrorCode } from '../errors.js';

/** A refusal as RFC 9457 problem details; `code` is the error code that tools use too. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    { detail, headers = {} }: { readonly detail: string; readonly headers?: Record<string, string> },
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  body(requestId: string): string {
    const { status, code, message: detail } = this;
    return JSON.stringify({
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Error',
      status,
      code,
      detail,
      request_id: requestId,
    });
  }
}

/** The status of each error a call can fail with. */
export const STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  rate_limited: 429,
  busy: 503,
  unavailable: 503,
  read_only: 503,
  upgrade_needed: 503,
  disk_full: 507,
  damaged: 500,
  not_a_database: 500,
  cannot_open: 500,
  file_replaced: 500,
  unsuitable_filesystem: 500,
  io_error: 500,
};
