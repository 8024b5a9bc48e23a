import { pino } from 'pino';
import { namedOptions, type Options } from '../config/options.js';
import { mark, marker } from '../text/secrets-mark.js';
import { trace } from '../trace.js';

export type Entry = Readonly<Record<string, string | number | undefined>>;
export type Log = (level: 'error' | 'info', entry: Entry) => void;

/** Names under which a secret may come; none of ours does, so this is the last net. */
const NEVER = ['authorization', 'cookie', 'token', 'headers', 'body'];

/**
 * One JSON line an event. An entry is made of named values, never of headers, bodies or queries; what these hold that
 * looks like a secret, or is one of the options that are never shown, is replaced by a marker.
 */
export function logTo(
  write: (line: string) => unknown,
  config: Pick<Options, 'logLevel'> & Partial<Options>,
): Log {
  const hidden = hiddenValues(config);
  const logger = pino(
    {
      level: config.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: level => ({ level }) },
      mixin: belonging,
      redact: { paths: NEVER, censor: marker('secret') },
    },
    { write },
  );
  return (level, entry) => {
    if (logger.isLevelEnabled(level)) logger[level](cleaned(entry, hidden));
  };
}

/** What ties a line to its request, and that to a trace of others. */
function belonging(): Entry {
  const { requestId, context } = trace();
  const [, traceId, parentId] = context?.traceparent.split('-') ?? [];
  return { id: requestId && cleanText(requestId, []), trace_id: traceId, parent_id: parentId };
}

const cleaned = (entry: Entry, hidden: readonly string[]): Entry =>
  Object.fromEntries(
    Object.entries(entry).map(([name, value]) => [
      name,
      typeof value === 'string' ? cleanText(value, hidden) : value,
    ]),
  );

const cleanText = (text: string, hidden: readonly string[]): string =>
  mark(hidden.reduce((rest, secret) => rest.replaceAll(secret, marker('secret')), text)).text;

function hiddenValues(config: Partial<Options>): string[] {
  const hidden = new Set(namedOptions.flatMap(option => ('hidden' in option ? [option.name] : [])));
  return Object.entries(config).flatMap(([name, value]) =>
    hidden.has(name) && typeof value === 'string' && value.length >= 4 ? [value] : [],
  );
}
