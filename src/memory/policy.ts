import { ApprovalNeeded, EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import type { Trust } from '../schema/memory.js';

export type Policy = 'agent' | 'milestone' | 'human';
export type Policies = { readonly commitPolicy: Policy; readonly untrustedPolicy: Policy };

const STRICTER: readonly Policy[] = ['agent', 'milestone', 'human'];

/** Who may commit a batch: the stricter of the namespace's policy and, for outside content, the untrusted one. */
export function policyFor({ commitPolicy, untrustedPolicy }: Policies, trust: Trust): Policy {
  const policies = trust === 'tool' || trust === 'import' ? [commitPolicy, untrustedPolicy] : [commitPolicy];
  return STRICTER.findLast(policy => policies.includes(policy)) ?? 'agent';
}

/** Where the decision is being made: a tool call, or while sealing an episode. */
export type Occasion = 'call' | 'milestone';

/** Why this caller may not commit under a policy, or undefined when it may. */
export function obstacle(
  policy: Policy,
  call: Pick<Call, 'trust' | 'approval'>,
  occasion: Occasion,
): string | undefined {
  if (policy === 'agent' || call.trust === 'user' || call.approval === 'granted') return undefined;
  if (policy === 'milestone')
    return occasion === 'milestone'
      ? undefined
      : 'It is committed when an episode is sealed with this batch_id, or by a person with `mintmark review`.';
  return 'A person must approve it: memory_commit asks them where the client can, else they run `mintmark review`.';
}

/** Throws `forbidden` unless the caller may commit; the error carries the question a client may put to a person. */
export function demandPermission(
  policy: Policy,
  call: Call,
  batch: { readonly id: string; readonly summary: string },
): void {
  const reason = obstacle(policy, call, 'call');
  if (!reason) return;
  if (call.approval === 'declined')
    throw new EngineError(
      'forbidden',
      `The person asked did not agree to commit ${batch.id}.`,
      `Leave it pending, or call memory_commit with decision "reject".`,
    );
  if (policy !== 'human')
    throw new EngineError(
      'forbidden',
      `Batch ${batch.id} cannot be committed here: policy "${policy}".`,
      reason,
    );
  throw new ApprovalNeeded(
    `Batch ${batch.id} needs a person's approval.`,
    reason,
    `Commit these memories?\n${batch.summary}`,
  );
}
