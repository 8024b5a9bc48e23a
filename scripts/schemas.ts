/** Writes `schemas/*.json`, the JSON Schema 2020-12 of every artefact, from the nouns they describe. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { PortableMemory } from '../src/memory/portable.js';
import { EpisodeBody } from '../src/schema/episode.js';
import { Evidence, Medallion } from '../src/schema/medallion.js';
import { KeptMessage } from '../src/schema/message.js';
import {
  BlobLine,
  EpisodeFile,
  LedgerLine,
  MedallionFile,
  MessageLine,
  PackManifest,
  type PackSchema,
  SummaryLine,
} from '../src/schema/pack.js';
import { WorkingSet } from '../src/schema/working-set.js';

const ofPacks: Readonly<Record<PackSchema, z.ZodType>> = {
  'working-set': WorkingSet,
  'ledger-line': LedgerLine,
  'episode-file': EpisodeFile,
  'medallion-file': MedallionFile,
  'memory-line': PortableMemory,
  'message-line': MessageLine,
  'summary-line': SummaryLine,
  'blob-line': BlobLine,
  'pack-manifest': PackManifest,
};

const nouns: Readonly<Record<string, z.ZodType>> = {
  ...ofPacks,
  episode: EpisodeBody,
  message: KeptMessage,
  medallion: Medallion,
  evidence: Evidence,
};

/** The text of every file of `schemas/`, by name. */
export const schemaFiles = (): ReadonlyMap<string, string> =>
  new Map(Object.entries(nouns).map(([name, noun]) => [`${name}.json`, `${render(name, noun)}\n`]));

function render(name: string, noun: z.ZodType): string {
  const { $schema, ...rest } = z.toJSONSchema(noun, { target: 'draft-2020-12', io: 'output' });
  return JSON.stringify({ $schema, $id: `mintmark/schemas/${name}.json`, title: name, ...rest }, null, 2);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync('schemas', { recursive: true });
  for (const [file, text] of schemaFiles()) writeFileSync(`schemas/${file}`, text);
}
