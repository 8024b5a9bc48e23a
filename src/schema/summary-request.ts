import * as z from 'zod';

/** Asks the agent for a better summary than the one that was made without a model. */
export const SummaryRequest = z.object({
  request_id: z.string(),
  /** Where the messages to summarise are read. */
  uri: z.string().describe('Fetch it for the messages.'),
  headings: z.array(z.string()).readonly(),
  /** Most tokens the summary should have. */
  target_tokens: z.number(),
});
export type SummaryRequest = Readonly<z.output<typeof SummaryRequest>>;
