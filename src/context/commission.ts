import type { Call } from '../schema/call.js';
import type { Message } from '../schema/message.js';
import type { NewSummary } from '../session/summarise.js';
import { ask } from '../writing/ask.js';
import { reachOf } from '../writing/reach.js';
import { oldest } from './block.js';
import { ground } from './commit.js';
import { written } from './cover.js';
import type { Parts } from './parts.js';
import { survey } from './survey.js';
import { KEPT_GROUPS } from './upkeep.js';
import { attempts, ofMessages } from './wording.js';

/** What a model wrote of the oldest messages of a session, for a call that asks for a summary and brings none. */
export type Commissioned =
  | { readonly is: 'written'; readonly block: readonly Message[]; readonly draft: NewSummary }
  /** Why not. */
  | { readonly is: 'not_written'; readonly why: string };

const REFUSALS = {
  done: 'others summarised this session meanwhile',
  busy: 'it is being asked about this session already',
  failed_before: 'it came to nothing lately',
  too_often: 'the calls of this hour are used up (writerCallsPerHour)',
};

/** Outside of any transaction. Undefined when there is no model, or nothing to summarise. */
export async function commission(
  parts: Parts,
  sessionId: string,
  { namespace, writer: model = parts.model, signal }: Call,
): Promise<Commissioned | undefined> {
  const seen = model && (await survey(parts, namespace, sessionId));
  if (!model || !seen) return undefined;
  const most = reachOf(parts.options);
  const block = oldest(seen.divided, { keep: KEPT_GROUPS, spare: 0, most });
  const matter = ofMessages(block);
  if (block.length === 0) return undefined;
  if (matter.tokens > most) return { is: 'not_written', why: 'the oldest messages are too long for it' };
  const covering = { id: parts.sources.newId('sum'), sessionId, block };
  const { sizing } = seen;
  const answer = await ask(parts, model, {
    namespace,
    subjects: [sessionId],
    wanted: async reader => (await ground(reader, sessionId, { is: 'cover', block })) !== undefined,
    attempts: attempts(matter, model.name, {
      sizing,
      redact: parts.options.redact,
      draft: wording => written(sizing, covering, wording),
    }),
    signal,
  });
  if (answer.is === 'written') return { is: 'written', block, draft: answer.value };
  return { is: 'not_written', why: answer.is === 'refused' ? REFUSALS[answer.why] : answer.why };
}
