import * as z from 'zod';
import { nearest } from '../text/nearest.js';

/** An object that refuses a key it does not know, and says which it does. */
export const exact = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: issue =>
      issue.code === 'unrecognized_keys' ? unknownKeys(issue.keys, Object.keys(shape)) : undefined,
  });

/** So many are named, and so much of each: finding the nearest takes as long as they are long. */
const MOST = 10;
const LONGEST = 60;

/** Keys that mean nothing, the known one nearest to each, and all there are. */
export function unknownKeys(keys: readonly string[], known: readonly string[]): string {
  const named = keys.slice(0, MOST).map(key => {
    const name = key.slice(0, LONGEST);
    return known.length === 0 ? name : `${name} (nearest: ${nearest(name, known)})`;
  });
  const left = keys.length > MOST ? [`and ${keys.length - MOST} more`] : [];
  return `unknown ${[...named, ...left].join(', ')}; there are ${known.join(', ') || 'none'}`;
}
