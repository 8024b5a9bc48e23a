import type { Option } from './option.js';

/** How the database is used. */
export const storeOptions = {
  busyTimeoutMs: {
    kind: 'integer',
    default: 15_000,
    min: 0,
    max: 600_000,
    description: 'How long a write waits for other windows before it fails as busy.',
  },
  durability: {
    kind: 'enum',
    default: 'full',
    values: ['full', 'normal'],
    description: 'full: a write survives power loss; normal: it survives a crash of the process.',
  },
  pgConnections: {
    kind: 'integer',
    default: 10,
    min: 2,
    max: 1000,
    description: 'PostgreSQL: most connections of this process, besides one that listens for changes.',
  },
  pgStatementTimeoutMs: {
    kind: 'integer',
    default: 60_000,
    min: 100,
    max: 3_600_000,
    description: 'PostgreSQL: how long one statement may take.',
  },
  pgIndex: {
    kind: 'enum',
    default: 'hnsw',
    values: ['hnsw', 'ivfflat', 'none'],
    description: 'PostgreSQL: which index of pgvector finds what is near in large namespaces.',
  },
  pgExact: {
    kind: 'integer',
    default: 20_000,
    min: 0,
    max: 1_000_000_000,
    description: 'PostgreSQL: up to how many vectors of a namespace are compared one by one.',
  },
} as const satisfies Record<string, Option>;
