import { verifyBlobs } from '../blob/verify.js';
import { verifyMedallions } from '../checkpoint/verify.js';
import { EngineError, reasonOf } from '../errors.js';
import {
  type LedgerReport,
  verifyBodies,
  verifyLedger,
  verifyOwners,
  verifyReplies,
} from '../ledger/verify.js';
import { foldMemories, verifyMemories } from '../memory/verify.js';
import { verifyImports } from '../pack/verify.js';
import { verifyPassages } from '../passage/verify.js';
import { verifyRuns } from '../run/verify.js';
import { verifyVectors } from '../search/verify.js';
import { verifySessions } from '../session/verify.js';
import type { Finding, Reader, Store, StoreFacts } from '../store/store.js';

export type Diagnosis = {
  readonly healthy: boolean;
  readonly store: StoreFacts;
  readonly ledger: LedgerReport['streams'];
  readonly checks: readonly string[];
  readonly findings: readonly Finding[];
};

/**
 * Checks the engine's own structures and the ledger's chains; `deep` also every content hash, every row against the
 * fold of the ledger, and the search index against a rebuild. It changes nothing,
 * and goes no further than damaged pages.
 */
export async function doctor(
  store: Store,
  namespace: string,
  { deep }: { readonly deep: boolean },
): Promise<Diagnosis> {
  const facts = await store.facts(namespace);
  const structure = await attempt('structure', () => store.inspect(namespace));
  // A damaged index gives rows in any order, so that reading them page by page may never end.
  if (structure.some(({ check }) => check === 'integrity'))
    return { healthy: false, store: facts, ledger: [], checks: store.checks, findings: structure };
  // One snapshot for all of it: what others write meanwhile would look like damage.
  const { ledger, rows } = await store.read(namespace, async reader => {
    const report = await verifyLedger(reader);
    return { ledger: report, rows: deep ? await lookDeep(reader, report) : [] };
  });
  const findings = [...structure, ...ledger.findings, ...rows];
  const checks = [
    ...store.checks,
    'ledger chains',
    ...(deep
      ? [
          'content hashes',
          'bodies against the ledger',
          'rows against the ledger',
          'search index against a rebuild',
          'vectors',
          'scopes',
          'stored replies',
          'imported packs',
        ]
      : []),
  ];
  return { healthy: findings.length === 0, store: facts, ledger: ledger.streams, checks, findings };
}

async function lookDeep(reader: Reader, { bodies }: LedgerReport): Promise<Finding[]> {
  return [
    ...(await attempt('content hash', () => verifyBodies(reader))),
    ...(await attempt('stored replies', () => verifyReplies(reader))),
    ...(await attempt('medallions', () => verifyMedallions(reader))),
    ...(await attempt('runs', () => verifyRuns(reader))),
    ...(await attempt('sessions', () => verifySessions(reader))),
    ...(await attempt('blobs', () => verifyBlobs(reader))),
    ...(await attempt('passages', () => verifyPassages(reader))),
    ...(await attempt('vectors', () => verifyVectors(reader))),
    ...(await attempt('imports', () => verifyImports(reader))),
    ...(await attempt('rows', async () => {
      const fold = await foldMemories(reader);
      const named = new Map([...bodies, ...fold.bodies]);
      const owners = await verifyOwners(reader, named);
      return [...owners, ...(await attempt('rows', () => verifyMemories(reader, fold)))];
    })),
  ];
}

/** A check that cannot go on, say because stored JSON no longer parses, has found damage too. */
async function attempt(check: string, work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await work();
  } catch (error) {
    // An altered name may be one that nobody could have given.
    if (error instanceof EngineError && error.code !== 'invalid') throw error;
    const found = `the check could not go on: ${reasonOf(error)}`;
    return [
      { check, found, advice: 'Something stored was altered. Export what can be read and restore a backup.' },
    ];
  }
}
