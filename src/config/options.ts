import { MEMORY_TYPES } from '../schema/memory.js';
import { embeddingOptions } from './embedding-options.js';
import { httpOptions } from './http-options.js';
import { oauthOptions } from './oauth-options.js';
import type { NamedOption, Option } from './option.js';
import { rerankOptions } from './rerank-options.js';
import { storeOptions } from './store-options.js';
import { vectorOptions } from './vector-options.js';
import { writerOptions } from './writer-options.js';

/** The whole configuration: one value for each option of the table. `db` is absolute or `:memory:`. */
export type Options = { readonly [N in keyof typeof options]: Value<(typeof options)[N]> };

type Value<O extends Option> = O extends { kind: 'enum'; values: readonly (infer V)[] }
  ? V
  : O extends { kind: 'list'; values: readonly (infer V)[] }
    ? readonly V[]
    : O extends { kind: 'list' }
      ? readonly string[] | undefined
      : O extends { kind: 'text' }
        ? string | undefined
        : O extends { default: number }
          ? number
          : string;

const policies = ['agent', 'milestone', 'human'] as const;
const year = 365;

/**
 * Every option there is. The flag and the variable follow from the name (`busyTimeoutMs`, `--busy-timeout-ms`,
 * `MINTMARK_BUSY_TIMEOUT_MS`); types, checks, help and the README's table all come from here.
 */
export const options = {
  db: {
    kind: 'path',
    default: undefined,
    defaultText: 'mintmark.db in the data directory',
    description: 'The database file, :memory: for none, or postgres://user:password@host/database.',
  },
  namespace: {
    kind: 'string',
    default: 'default',
    pattern: /^[a-z0-9][a-z0-9_-]{0,62}$/,
    form: '1 to 63 of a-z, 0-9, _ and -, starting with a letter or digit',
    description: 'Whose memory this is; each namespace is a file of its own.',
  },
  scope: {
    kind: 'list',
    default: undefined,
    defaultText: 'from git',
    maxLength: 200,
    description: 'The home scope: graph nodes to work in when a call names none.',
  },
  tools: {
    kind: 'list',
    default: ['memory', 'checkpoint', 'run'],
    values: ['memory', 'checkpoint', 'run', 'session', 'all'],
    description: 'Toolsets to offer; search, fetch and status always are.',
  },
  commitPolicy: { kind: 'enum', default: 'agent', values: policies, description: 'Who may commit a batch.' },
  untrustedPolicy: {
    kind: 'enum',
    default: 'human',
    values: policies,
    description: 'Who may commit a batch that holds content from tools or imports.',
  },
  redact: {
    kind: 'enum',
    default: 'on',
    values: ['on', 'off', 'reject'],
    description: 'Secrets in what is stored: replaced by a marker, kept, or refused.',
  },
  allowPath: {
    kind: 'list',
    default: undefined,
    defaultText: 'none',
    maxLength: 4096,
    description: 'Folders below which a path argument may name files; over HTTP none is accepted.',
  },
  packMaxBytes: {
    kind: 'integer',
    default: 104_857_600,
    min: 1_000,
    max: 1_073_741_824,
    description: 'Size up to which a pack is written and read, packed or unpacked.',
  },
  blobMaxBytes: {
    kind: 'integer',
    default: 10_485_760,
    min: 1_000,
    max: 268_435_456,
    description: 'Size up to which blob_put keeps a text or file.',
  },
  blobTokens: {
    kind: 'integer',
    default: 10_000,
    min: 500,
    max: 100_000_000,
    description: 'Tokens above which a text or output of a message is kept as a blob instead.',
  },
  ...storeOptions,
  batchExpiryDays: {
    kind: 'integer',
    default: 30,
    min: 1,
    max: 10 * year,
    description: 'Age at which a batch that nobody decided expires.',
  },
  retention: {
    kind: 'list',
    default: ['off'],
    values: ['off', ...MEMORY_TYPES],
    description: 'Types of which maintenance deprecates what is old and unimportant.',
  },
  retentionDays: {
    kind: 'integer',
    default: 90,
    min: 1,
    max: 100 * year,
    description: 'Retention: only memories older than this.',
  },
  retentionImportance: {
    kind: 'number',
    default: 0.3,
    min: 0,
    max: 1,
    description: 'Retention: only memories less important than this.',
  },
  idempotencyDays: {
    kind: 'integer',
    default: 7,
    min: 1,
    max: year,
    description: 'How long a repeated idempotency key gets the stored reply.',
  },
  wsMaxTokens: {
    kind: 'integer',
    default: 2000,
    min: 200,
    max: 100_000,
    description: 'Tokens a working set may take; beyond them its least important sliding items are evicted.',
  },
  doomLoopRepeats: {
    kind: 'integer',
    default: 3,
    min: 2,
    max: 20,
    description: 'From how many repeats on the same tool calls are reported as a doom loop.',
  },
  searchLimit: { kind: 'integer', default: 10, min: 1, max: 100, description: 'Hits on a page.' },
  searchMaxTokens: {
    kind: 'integer',
    default: 2000,
    min: 100,
    max: 100_000,
    description: 'Tokens a page of hits may take.',
  },
  fetchMaxTokens: {
    kind: 'integer',
    default: 2000,
    min: 50,
    max: 100_000,
    description: 'Tokens a page of fetch may take.',
  },
  regexTimeoutMs: {
    kind: 'integer',
    default: 2000,
    min: 10,
    max: 60_000,
    description: 'How long a regex search may run.',
  },
  relevanceWeight: {
    kind: 'number',
    default: 0.5,
    min: 0,
    max: 1,
    description: 'Share of relevance in a score.',
  },
  importanceWeight: { kind: 'number', default: 0.3, min: 0, max: 1, description: 'Share of importance.' },
  recencyWeight: { kind: 'number', default: 0.2, min: 0, max: 1, description: 'Share of recency.' },
  recencyDays: {
    kind: 'number',
    default: 30,
    min: 1,
    max: 100 * year,
    description: 'Age at which recency has fallen to nothing.',
  },
  ...embeddingOptions,
  ...vectorOptions,
  ...rerankOptions,
  loadLimit: {
    kind: 'integer',
    default: 10,
    min: 1,
    max: 100,
    description: 'Medallions that load_by_scope looks at.',
  },
  loadMaxTokens: {
    kind: 'integer',
    default: 2000,
    min: 200,
    max: 100_000,
    description: 'Tokens the text of load_by_scope may take.',
  },
  medallionStaleDays: {
    kind: 'integer',
    default: 30,
    min: 1,
    max: 100 * year,
    description: 'Days without evidence after which a medallion is labelled stale.',
  },
  contextLimit: {
    kind: 'integer',
    default: 200_000,
    min: 1000,
    max: 100_000_000,
    description: 'Context limit in tokens of a model that is neither named nor known.',
  },
  maxOutput: {
    kind: 'integer',
    default: 8192,
    min: 1,
    max: 10_000_000,
    description: 'Tokens of the longest answer of such a model.',
  },
  models: {
    kind: 'list',
    default: undefined,
    defaultText: 'the built-in table',
    maxLength: 300,
    description: 'Limits of more models, or other limits: name=context_limit/max_output.',
  },
  pruneProtect: {
    kind: 'integer',
    default: 40_000,
    min: 0,
    max: 10_000_000,
    description: 'Tokens of the newest tool outputs that stay whole in a context.',
  },
  pruneMinimum: {
    kind: 'integer',
    default: 20_000,
    min: 1,
    max: 10_000_000,
    description: 'Tokens that must be saved before older tool outputs give way to tombstones.',
  },
  relevantShare: {
    kind: 'number',
    default: 0.2,
    min: 0,
    max: 0.9,
    description: 'Share of a context that memories about relevant_to may take.',
  },
  chunkSize: {
    kind: 'integer',
    default: 5,
    min: 1,
    max: 10_000,
    description: 'Messages that summarize_oldest covers at a time.',
  },
  ...writerOptions,
  lookalikeOverlap: {
    kind: 'number',
    default: 0.7,
    min: 0,
    max: 1,
    description: 'Share of common terms from which two memories look alike.',
  },
  contradictionOverlap: {
    kind: 'number',
    default: 0.6,
    min: 0,
    max: 1,
    description: 'Share of common terms from which a differing value is a contradiction.',
  },
  ...httpOptions,
  ...oauthOptions,
  pollMs: {
    kind: 'integer',
    default: 500,
    min: 10,
    max: 60_000,
    description: "How often other windows' writes are looked for while there are subscribers.",
  },
  logLevel: {
    kind: 'enum',
    default: 'error',
    values: ['silent', 'error', 'info', 'debug'],
    description: 'What is written to stderr.',
  },
} as const satisfies Record<string, Option>;

/** The table in order, with the names each option goes by: for the command line, the loader and the README. */
export const namedOptions: readonly NamedOption[] = Object.entries<Option>(options).map(([name, option]) => {
  const words = name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
  return { ...option, name, flag: `--${words}`, env: `MINTMARK_${words.replaceAll('-', '_').toUpperCase()}` };
});
