import { z } from 'zod';
import { outcomeOf } from '../support/mintmark.js';
import type { Spawned } from '../support/spawn.js';

const Item = z.looseObject({ id: z.string(), priority: z.number(), timestamp: z.string() });
const WorkingSet = z.looseObject({
  _update_seq: z.number(),
  next_action: z.string(),
  blockers: z.array(z.string()),
  sliding_context: z.array(Item),
});
const Reply = z.looseObject({
  run_id: z.string().optional(),
  seq: z.number().optional(),
  uri: z.string().optional(),
  last_sequence: z.number().optional(),
  resumed: z.boolean().optional(),
  replayed: z.boolean().optional(),
  evicted: z.array(Item).optional(),
  working_set: WorkingSet.optional(),
});
export type Reply = z.infer<typeof Reply>;
export type Item = z.infer<typeof Item>;
const Run = z.looseObject({ seq: z.number(), episodes: z.array(z.string()), working_set: WorkingSet });
const Page = z.looseObject({
  events: z.array(z.looseObject({ type: z.string(), sequence: z.number(), payload: z.looseObject({}) })),
  next: z.string().optional(),
});
export type RunEvent = z.infer<typeof Page>['events'][number];

/** A tool's reply, or the text of its error. */
export async function callRun(
  server: Spawned,
  name: string,
  args: Record<string, unknown>,
): Promise<Reply | string> {
  const outcome = outcomeOf(await server.call(name, args));
  return 'failure' in outcome ? outcome.failure : Reply.parse(outcome.value);
}

const Contents = z.object({ contents: z.tuple([z.object({ text: z.string() })]) });

async function read(server: Spawned, uri: string): Promise<unknown> {
  const reply = await server.request('resources/read', { uri });
  if ('error' in reply) throw new Error(reply.error.message);
  return JSON.parse(Contents.parse(reply.result).contents[0].text);
}

export const readRun = async (server: Spawned, id: string) => Run.parse(await read(server, `run://${id}`));

export async function readLedger(server: Spawned, id: string): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for (let uri: string | undefined = `run://${id}/ledger`; uri; ) {
    const page = Page.parse(await read(server, uri));
    events.push(...page.events);
    uri = page.next;
  }
  return events;
}
