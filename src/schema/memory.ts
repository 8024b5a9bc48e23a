import * as z from 'zod';
import { share } from './amount.js';
import { GraphNode, Tag } from './scope.js';

export const MEMORY_TYPES = ['fact', 'preference', 'semantic', 'decision', 'policy', 'invariant'] as const;
export const MemoryType = z.enum(MEMORY_TYPES);
export type MemoryType = z.infer<typeof MemoryType>;

export const MEMORY_STATUSES = [
  'proposed',
  'active',
  'superseded',
  'deprecated',
  'rejected',
  'expired',
] as const;
export const MemoryStatus = z.enum(MEMORY_STATUSES);
export type MemoryStatus = z.infer<typeof MemoryStatus>;

/** From most to least trusted. An argument can only move a memory to the right. */
export const TRUSTS = ['user', 'agent', 'tool', 'import'] as const;
export const Trust = z.enum(TRUSTS);
export type Trust = z.infer<typeof Trust>;

/** Characters of a memory's statement, as it is given and, with secrets redacted, as it is stored. */
export const MOST_CONTENT = 8000;

const CHANGE_OPS = ['add', 'supersede', 'deprecate', 'noop'] as const;
export type ChangeOp = (typeof CHANGE_OPS)[number];

export const BatchStatus = z.enum(['proposed', 'committed', 'rejected', 'expired']);
export type BatchStatus = z.infer<typeof BatchStatus>;

/** What never changes about a memory: its body in the ledger's sense. Times are Unix milliseconds. */
export type MemoryBody = {
  readonly type: MemoryType;
  readonly content: string;
  readonly graph_nodes: readonly string[];
  readonly tags: readonly string[];
  readonly importance: number;
  readonly confidence: number;
  readonly rationale: string | null;
  readonly source_refs: readonly string[];
  readonly trust: Trust;
  readonly supersedes: readonly string[];
  readonly valid_from: number | null;
  readonly valid_to: number | null;
};

/** A memory as stored: its body and what happened to it since. Times are Unix milliseconds. */
export type Memory = MemoryBody & {
  readonly id: string;
  readonly batch_id: string;
  readonly status: MemoryStatus;
  readonly superseded_by: string | null;
  readonly created_at: number;
  readonly committed_at: number | null;
  /** Salted SHA-256 of the body, as the ledger's chain covers it. */
  readonly hash: string;
};

/** One change of a batch as stored: ids only, so that it survives a purge of what it refers to. */
export type StoredChange = {
  readonly op: ChangeOp;
  readonly memory_id?: string;
  readonly body_hash?: string;
  readonly target_id?: string;
  readonly supersedes?: readonly string[];
};

export type Batch = {
  readonly id: string;
  readonly status: BatchStatus;
  /** The least trusted origin among its changes. */
  readonly trust: Trust;
  readonly changes: readonly StoredChange[];
  readonly created_at: number;
  readonly decided_at: number | null;
};

/** One change as an agent proposes it. Flat, with the fields each `op` needs checked by the engine. */
export const ProposedChange = z.object({
  op: z
    .enum(CHANGE_OPS)
    .optional()
    .describe('Default add. supersede replaces older memories; deprecate retires one.'),
  type: MemoryType.optional().describe('Default fact.'),
  content: z
    .string()
    .max(MOST_CONTENT)
    .optional()
    .describe('One self-contained statement, 1 to 8,000 characters.'),
  graph_nodes: z
    .array(GraphNode)
    .max(20)
    .optional()
    .describe('What it is about, e.g. project:atlas. Omit for the home scope.'),
  tags: z.array(Tag).max(20).optional(),
  global: z.boolean().optional().describe('True for everywhere, as preferences are unless this is false.'),
  importance: share().optional().describe('Default 0.5.'),
  confidence: share().optional().describe('Default 0.8.'),
  rationale: z.string().max(2000).optional(),
  source_refs: z
    .array(z.string().min(1).max(500))
    .max(20)
    .optional()
    .describe('Where it comes from: URIs, files, people.'),
  supersedes: z.array(z.string().max(100)).max(20).optional().describe('Ids it replaces, for supersede.'),
  target_id: z.string().max(100).optional().describe('Id, for deprecate.'),
  valid_from: z.string().max(40).optional().describe('ISO 8601.'),
  valid_to: z.string().max(40).optional(),
  trust: Trust.optional().describe('Lower it for content you did not write.'),
});
export type ProposedChange = z.infer<typeof ProposedChange>;
