import * as z from 'zod';

/** A whole number within limits; anything else is refused with what was found and what was expected. */
export function wholeNumber(min: number, max: number): z.ZodInt {
  const error = refusal(`a whole number from ${min} to ${max}`);
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** A number from 0 to 1, refused likewise. */
export function share(): z.ZodNumber {
  const error = refusal('a number from 0 to 1');
  return z.number({ error }).min(0, { error }).max(1, { error });
}

const refusal =
  (expected: string) =>
  ({ input }: { readonly input?: unknown }): string =>
    `found ${JSON.stringify(input)?.slice(0, 60)}, expected ${expected}`;
