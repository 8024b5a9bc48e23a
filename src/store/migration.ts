import { EngineError } from '../errors.js';
import { sha256 } from '../text/hash.js';

/** A step to the next schema, forward only. A released script is never edited: append the next one. */
export type Migration = { readonly version: number; readonly name: string; readonly script: string };

/** One that a database says it has gone through. */
export type Applied = { readonly name: string; readonly checksum: string };

/** Throws for a schema newer than the newest of ours. */
export function demandKnown(version: number, migrations: readonly Migration[], place: string): void {
  const newest = migrations.at(-1)?.version ?? 0;
  if (version <= newest) return;
  throw new EngineError(
    'upgrade_needed',
    `The database has schema ${version}; this version of mintmark knows up to ${newest}.`,
    'Update mintmark: the database was written by a newer version and was left as it is.',
    { aside: ` (${place})` },
  );
}

/** Throws when a newer version of mintmark took the database further while this process had it open. */
export function demandStill(version: number, migrations: readonly Migration[], place: string): void {
  const newest = migrations.at(-1)?.version ?? 0;
  if (version <= newest) return;
  throw new EngineError(
    'upgrade_needed',
    `A newer version of mintmark brought the database to schema ${version} while it was open; this one knows up to ${newest}.`,
    'Nothing was read or written. Restart this server (this window), so that it runs the newer version too.',
    { aside: ` (${place})` },
  );
}

/** Throws unless the database went through these and no others. */
export function demandSame(
  applied: readonly Applied[],
  migrations: readonly Migration[],
  place: string,
): void {
  for (const [index, { version, name, script }] of migrations.entries()) {
    const found = applied[index];
    if (found?.checksum === sha256(script)) continue;
    throw new EngineError(
      'upgrade_needed',
      `Schema step ${version} of the database is "${found?.name ?? 'missing'}" with another checksum than "${name}" here.`,
      'Open it with the version of mintmark that wrote it.',
      { aside: ` (${place})` },
    );
  }
}
