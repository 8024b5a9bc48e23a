import { AsyncLocalStorage } from 'node:async_hooks';

/** Where in a trace that spans several programs a request belongs, as it was received. */
export type TraceContext = { readonly traceparent: string; readonly tracestate?: string };

/** What log lines and outgoing requests that belong to one request have in common. */
export type Trace = { readonly requestId?: string; readonly context?: TraceContext };

const current = new AsyncLocalStorage<Trace>();

/** Does the work and all that follows from it under what is known of the request and `more`. */
export const traced = <T>(more: Trace, work: () => T): T => current.run({ ...trace(), ...more }, work);

/** Does the work as no request's. Outside of any it costs nothing: over stdio there is never one. */
export const untraced = <T>(work: () => T): T => (current.getStore() ? current.run({}, work) : work());

/** The work as part of the present request, whenever it is done. */
export const tracedLater = <A extends unknown[], R>(work: (...given: A) => R): ((...given: A) => R) =>
  current.getStore() ? AsyncLocalStorage.bind(work) : work;

/** Of the request that is being answered; empty outside of any. */
export const trace = (): Trace => current.getStore() ?? {};

/** What a request to another program says of where it belongs. */
export const traceHeaders = (): Readonly<Record<string, string>> => ({ ...trace().context });

const NONE = /^(?:ff-|00-[^-]*-[^-]*-[^-]*-)|-0{32}-|^..-[^-]*-0{16}-/;

/**
 * The trace context among headers or `_meta` keys. What is not well formed counts as none, and then so does what goes
 * with it. Source: W3C Trace Context, 3.2 and 3.3; in `_meta` SEP-414 of MCP.
 */
export function traceContext(given: Readonly<Record<string, unknown>>): TraceContext | undefined {
  const { traceparent, tracestate } = given;
  if (typeof traceparent !== 'string') return undefined;
  if (!/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-[\x21-\x7e]{1,200})?$/.test(traceparent))
    return undefined;
  if (NONE.test(traceparent)) return undefined;
  const whole = typeof tracestate === 'string' && /^[\x20-\x7e]{1,512}$/.test(tracestate);
  return { traceparent, ...(whole && { tracestate }) };
}
