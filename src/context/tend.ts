import type { Background } from '../background.js';
import type { Appended } from '../session/append.js';
import { messagesUnder } from '../session/expand.js';
import { activeOf, type Summary } from '../session/frontier.js';
import { union } from '../session/runs.js';
import type { NewSummary } from '../session/summarise.js';
import { ask } from '../writing/ask.js';
import { reachOf } from '../writing/reach.js';
import { commit, ground } from './commit.js';
import { condensedDigest, condensedWriting, digested, improved, type Wording, written } from './cover.js';
import type { Parts } from './parts.js';
import { mostFor, type Survey, survey, type Task, taskOf } from './survey.js';
import { attempts, type Matter, ofMessages, ofSummaries } from './wording.js';
import { isWorthSurveying } from './worth.js';

export type Tending = {
  readonly namespace: string;
  readonly sessionId: string;
  readonly signal: AbortSignal;
};

/** More steps than one reply ever calls for. */
const MOST_STEPS = 20;

/**
 * Compacts a session that has passed the soft threshold, condenses its summaries and has a model better those that
 * were made without one. Every step reads first, thinks outside of any transaction, and changes something only if what
 * it read still stands: two processes at it at once do each step once.
 */
async function tend(parts: Parts, { namespace, sessionId, signal }: Tending): Promise<void> {
  for (let step = 0; step < MOST_STEPS && !signal.aborted; step += 1) {
    if (!(await isWorthSurveying(parts, namespace, sessionId))) return;
    const seen = await survey(parts, namespace, sessionId);
    const task = seen && taskOf(seen, parts);
    if (!task || !(await carryOut(parts, { namespace, seen, task, signal }))) return;
  }
}

type Step = {
  readonly namespace: string;
  readonly seen: Survey;
  readonly task: Task;
  readonly signal: AbortSignal;
};

/** Returns whether anything changed, so that it is worth looking again. */
async function carryOut(parts: Parts, step: Step): Promise<boolean> {
  const plan = await planOf(parts, step);
  const { namespace, seen, task, signal } = step;
  const subjects = task.is === 'improve' ? [seen.session.id, task.node.id] : [seen.session.id];
  const { model } = parts;
  if (model && plan.matter) {
    const asking = { sizing: seen.sizing, redact: parts.options.redact, draft: plan.write };
    const answer = await ask(parts, model, {
      namespace,
      subjects,
      wanted: async reader => (await ground(reader, seen.session.id, task)) !== undefined,
      attempts: attempts(plan.matter, model.name, asking),
      signal,
    });
    if (answer.is === 'written')
      return commit(parts, { namespace, seen, task, draft: answer.value, release: subjects });
    const refused = answer.is === 'refused' && answer.why;
    if (refused === 'done') return true;
    if (signal.aborted || refused === 'busy') return false;
  }
  const draft = plan.digest();
  return draft !== undefined && commit(parts, { namespace, seen, task, draft, release: [] });
}

type Plan = {
  /** Undefined when it is more than a model can read at once. */
  readonly matter: Matter | undefined;
  write(wording: Wording): NewSummary | undefined;
  digest(): NewSummary | undefined;
};

async function planOf(parts: Parts, { namespace, seen, task }: Step): Promise<Plan> {
  const { sizing, session } = seen;
  const id = parts.sources.newId('sum');
  const standing = () => parts.store.read(namespace, reader => activeOf(reader, session.id));
  const under = (nodes: readonly Summary[]) => {
    const covers = union(nodes.flatMap(node => node.covers));
    return parts.store.read(namespace, reader => messagesUnder(reader, { session_id: session.id, covers }));
  };
  const inReach = (matter: Matter) => (matter.tokens <= reachOf(parts.options) ? matter : undefined);
  switch (task.is) {
    case 'cover': {
      const covering = { id, sessionId: session.id, block: task.block };
      return {
        matter: inReach(ofMessages(task.block)),
        write: wording => written(sizing, covering, wording),
        digest: () => digested(sizing, covering),
      };
    }
    case 'condense': {
      const { nodes } = task;
      const condensing = { id, nodes, active: await standing(), messages: await under(nodes) };
      return {
        matter: inReach(ofSummaries(nodes)),
        write: wording => condensedWriting(sizing, condensing, wording),
        digest: () => condensedDigest(sizing, condensing),
      };
    }
    case 'improve': {
      const messages = await under([task.node]);
      const { parents } = task.node;
      const matter =
        parents.length > 0
          ? ofSummaries((await standing()).filter(({ id }) => parents.includes(id)))
          : ofMessages(messages);
      const improving = { id, node: task.node, messages, most: mostFor(task.node, seen) };
      return {
        matter: inReach(matter),
        write: wording => improved(sizing, improving, wording),
        digest: () => undefined,
      };
    }
  }
}

/** After a reply that tells of a session that wants it. */
export function tendLater(
  parts: Parts,
  background: Background,
  { reply, namespace }: { readonly reply: Appended; readonly namespace: string },
): void {
  const { session_id: sessionId } = reply;
  if (wantsTending(reply, parts))
    background.later(`tend ${namespace} ${sessionId}`, signal =>
      tend(parts, { namespace, sessionId, signal }),
    );
}

/** Too full, or with a summary a model could better. */
const wantsTending = (
  { context, summary_request }: Pick<Appended, 'context' | 'summary_request'>,
  { options, model }: Pick<Parts, 'options' | 'model'>,
): boolean =>
  context.tokens > context.usable * options.softThreshold ||
  (model !== undefined && summary_request !== undefined);
