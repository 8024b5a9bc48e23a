import * as z from 'zod';
import { unknownKeys } from '../schema/exact.js';
import { isRecord, jsonIn } from '../text/json.js';

/** What is given to a tool, by name; not parsed. */
export type Arguments = Readonly<Record<string, unknown>>;

/** Arguments as they are meant, and what was not understood of them. */
export type Taken = {
  readonly args: Arguments;
  /** Arguments there are not. Clients add some of their own, so they are passed over, and named. */
  readonly ignored?: string;
  /** Fields there are not, of entries that would be kept without what they say; a line each. */
  readonly refused: readonly string[];
};

/**
 * What a client sends, by the schema it was shown. One that has to fill in every argument sends `null` or `""` for what
 * it leaves out: where something is optional both count as absent. In what is kept as it is given, such as a message,
 * an empty text is a text, and what may be in it is for the engine to say. Where no text can be, the JSON of what can
 * counts as that: Claude Code and Claude Desktop send lists, numbers and what is true or false so, now and then.
 */
export function taken(schema: z.ZodObject, given: Arguments): Taken {
  const strays: Stray[] = [];
  const args = objectTaken(schema, given, { place: '', strays });
  const told = (isOuter: boolean) =>
    strays
      .filter(({ place }) => (place === '') === isOuter)
      .map(({ place, keys, known }) => `${place && `${place}: `}${unknownKeys(keys, known)}`);
  const [ignored] = told(true);
  return { args, ...(ignored && { ignored }), refused: told(false) };
}

/** Keys of one object that nothing knows, and what it knows. */
type Stray = { readonly place: string; readonly keys: readonly string[]; readonly known: readonly string[] };

type At = { readonly place: string; readonly strays: Stray[] };

function valueTaken(schema: unknown, value: unknown, at: At): unknown {
  if (schema instanceof z.ZodOptional) return valueTaken(schema.unwrap(), value, at);
  if (typeof value === 'string') return unquoted(schema, value, at);
  if (schema instanceof z.ZodObject && isRecord(value)) return objectTaken(schema, value, at);
  if (schema instanceof z.ZodArray && Array.isArray(value))
    return value.map((entry, index) =>
      valueTaken(schema.element, entry, { ...at, place: `${at.place}[${index}]` }),
    );
  return value;
}

/** The value that a text is the JSON of, if the schema expects one of its kind; else the text. */
function unquoted(schema: unknown, text: string, at: At): unknown {
  const isKind = KINDS.find(({ kind }) => schema instanceof kind)?.is;
  if (!isKind) return text;
  const value = jsonIn(text);
  return isKind(value) ? valueTaken(schema, value, at) : text;
}

const KINDS = [
  { kind: z.ZodArray, is: Array.isArray },
  { kind: z.ZodObject, is: isRecord },
  { kind: z.ZodNumber, is: (value: unknown) => typeof value === 'number' },
  { kind: z.ZodBoolean, is: (value: unknown) => typeof value === 'boolean' },
] as const;

function objectTaken({ shape, def }: z.ZodObject, given: Arguments, { place, strays }: At): Arguments {
  const isKept = def.catchall instanceof z.ZodUnknown;
  const isKnown = (key: string) => Object.hasOwn(shape, key);
  const isLeftOut = (key: string, value: unknown) =>
    (value === null || (value === '' && !isKept)) && isKnown(key) && shape[key] instanceof z.ZodOptional;
  const unknown = isKept ? [] : Object.keys(given).filter(key => !isKnown(key));
  const keys = unknown.filter(key => !isOfClient(key));
  if (keys.length > 0) strays.push({ place, keys, known: Object.keys(shape) });
  return Object.fromEntries(
    Object.entries(given)
      .filter(([key, value]) => (isKept || isKnown(key)) && !isLeftOut(key, value))
      .map(([key, value]) => {
        const schema = isKnown(key) ? shape[key] : undefined;
        return [key, valueTaken(schema, value, { place: place ? `${place}.${key}` : key, strays })];
      }),
  );
}

/** Such as `_meta`. Gemini CLI adds `wait_for_previous` to the arguments of every tool. */
const isOfClient = (key: string): boolean => key.startsWith('_') || key === 'wait_for_previous';
