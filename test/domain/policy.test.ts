import { describe, expect, it } from 'vitest';
import { ApprovalNeeded, EngineError } from '../../src/errors.js';
import { demandPermission, obstacle, policyFor } from '../../src/memory/policy.js';

const call = {
  namespace: 'default',
  home: { nodes: [], aliases: [] },
  trust: 'agent',
  approval: 'unavailable',
} as const;
const batch = { id: 'bat_1', summary: '- fact: x' };

describe('policyFor', () => {
  it.each([
    ['agent', 'human', 'agent', 'agent'],
    ['agent', 'human', 'tool', 'human'],
    ['agent', 'human', 'import', 'human'],
    ['human', 'agent', 'tool', 'human'],
    ['milestone', 'agent', 'import', 'milestone'],
    ['agent', 'agent', 'tool', 'agent'],
  ] as const)(
    'of %s and untrusted %s is, for %s content, %s',
    (commitPolicy, untrustedPolicy, trust, policy) => {
      expect(policyFor({ commitPolicy, untrustedPolicy }, trust)).toBe(policy);
    },
  );
});

describe('obstacle', () => {
  it('is none for an agent under its own policy, a person or a granted approval', () => {
    expect(obstacle('agent', call, 'call')).toBeUndefined();
    expect(obstacle('human', { ...call, trust: 'user' }, 'call')).toBeUndefined();
    expect(obstacle('human', { ...call, approval: 'granted' }, 'call')).toBeUndefined();
  });

  it('is none for a milestone while one is sealed, and only then', () => {
    expect(obstacle('milestone', call, 'milestone')).toBeUndefined();
    expect(obstacle('milestone', call, 'call')).toContain('sealed');
    expect(obstacle('human', call, 'milestone')).toContain('person');
  });
});

describe('demandPermission', () => {
  it('carries a question while nobody has answered', () => {
    expect(() => demandPermission('human', { ...call, approval: 'askable' }, batch)).toThrow(ApprovalNeeded);
  });

  it.each([
    ['declined', 'human', 'did not agree'],
    ['askable', 'milestone', 'milestone'],
  ] as const)('asks nobody when approval is %s under the policy %s', (approval, policy, said) => {
    const demand = () => demandPermission(policy, { ...call, approval }, batch);
    expect(demand).toThrow(EngineError);
    expect(demand).not.toThrow(ApprovalNeeded);
    expect(demand).toThrow(said);
  });

  it('lets pass what has no obstacle', () => {
    expect(() => demandPermission('agent', call, batch)).not.toThrow();
  });
});
