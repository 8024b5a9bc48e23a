import * as z from 'zod';

/** Where secrets were replaced, in the replies of everything that stores text. */
export const Redacted = z
  .array(z.object({ path: z.string(), kind: z.string(), count: z.number() }))
  .readonly()
  .optional();
