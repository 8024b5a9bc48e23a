import { EngineError } from '../errors.js';
import { type LedgerReport, verifyBodies, verifyLedger } from '../ledger/verify.js';
import { verifyMemories } from '../memory/verify.js';
import type { Finding, Store, StoreFacts } from '../store/store.js';

export type Diagnosis = {
  readonly healthy: boolean;
  readonly store: StoreFacts;
  readonly ledger: LedgerReport['streams'];
  readonly checks: readonly string[];
  readonly findings: readonly Finding[];
};

/**
 * Checks the engine's own structures and the ledger's chains; `deep` also every content hash, every row against the
 * fold of the ledger, and the search index against a rebuild. It changes nothing.
 */
export async function doctor(
  store: Store,
  namespace: string,
  { deep }: { readonly deep: boolean },
): Promise<Diagnosis> {
  const facts = await store.facts(namespace);
  const structure = await store.inspect(namespace);
  const ledger = await store.read(namespace, verifyLedger);
  const bodies = deep ? await attempt('content hash', () => store.read(namespace, verifyBodies)) : [];
  const rows = deep ? await attempt('rows', () => store.read(namespace, verifyMemories)) : [];
  const findings = [...structure, ...ledger.findings, ...bodies, ...rows];
  const checks = [
    'schema',
    'pages and indexes',
    'foreign keys',
    'ledger chains',
    ...(deep
      ? [
          'content hashes',
          'rows against the ledger',
          'search index against a rebuild',
          'scopes',
          'stored replies',
        ]
      : []),
  ];
  return { healthy: findings.length === 0, store: facts, ledger: ledger.streams, checks, findings };
}

/** A check that cannot go on, say because stored JSON no longer parses, has found damage too. */
async function attempt(check: string, work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof EngineError) throw error;
    const found = `the check could not go on: ${error instanceof Error ? error.message : String(error)}`;
    return [
      { check, found, advice: 'Something stored was altered. Export what can be read and restore a backup.' },
    ];
  }
}
