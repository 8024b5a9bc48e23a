/** What an event may touch: ids by their prefix, owners of bodies, and scopes by number. */
export const TOUCHABLE = [
  'bat',
  'mem',
  'run',
  'epi',
  'med',
  'ses',
  'msg',
  'sum',
  'blob',
  'imp',
  'owner',
  'scope',
] as const;
export type Touchable = (typeof TOUCHABLE)[number];

/** A column by which rows belong to what an event touches. */
export type Touch = {
  readonly column: string;
  readonly by: Touchable;
  /** The column holds what begins with the id and a slash. */
  readonly below?: true;
  /** Only rows with these values: what an index is made for. */
  readonly only?: Readonly<Record<string, string>>;
};

/** A table as a copy sees it. The namespace comes before all columns. */
export type CopiedTable = {
  readonly name: string;
  /** Rows are paged in this order, and told apart by it. */
  readonly key: readonly string[];
  readonly rest: readonly string[];
  /** How many rows are held in memory at a time. */
  readonly page: number;
  /** Empty where no event tells of changes: such a table is compared as a whole. */
  readonly touched: readonly Touch[];
  /** What search looks into lies beside the row. */
  readonly text?: 'memory' | 'passage';
};

/** The key, then the rest. */
export const columnsOf = ({ key, rest }: CopiedTable): readonly string[] => [...key, ...rest];

const ROWS = 1000;
/** Bodies of blobs may have megabytes. */
const LARGE = 100;

const by = (column: string, name: Touchable): Touch => ({ column, by: name });

/** The ledger, which comes first: what else there is may only be changed under its events. */
export const EVENTS: CopiedTable = {
  name: 'event',
  key: ['position'],
  rest: ['stream', 'sequence', 'type', 'at', 'body_hash', 'previous_hash', 'hash'],
  page: ROWS,
  touched: [],
};

/** Everything else that is copied, each table after those that it refers to. */
export const TABLES: readonly CopiedTable[] = [
  {
    name: 'purged',
    key: ['owner'],
    rest: ['stream', 'sequence'],
    page: ROWS,
    touched: [by('owner', 'owner')],
  },
  {
    name: 'body',
    key: ['owner'],
    rest: ['salt', 'hash', 'content'],
    page: LARGE,
    touched: [by('owner', 'owner'), by('owner', 'mem'), { ...by('owner', 'bat'), below: true }],
  },
  {
    name: 'scope',
    key: ['id'],
    rest: ['key', 'graph_nodes', 'tags'],
    page: ROWS,
    touched: [by('id', 'scope')],
  },
  {
    name: 'scope_node',
    key: ['node', 'scope_id'],
    rest: [],
    page: ROWS,
    touched: [by('scope_id', 'scope')],
  },
  { name: 'scope_tag', key: ['tag', 'scope_id'], rest: [], page: ROWS, touched: [by('scope_id', 'scope')] },
  {
    name: 'batch',
    key: ['id'],
    rest: ['status', 'trust', 'changes', 'created_at', 'decided_at'],
    page: ROWS,
    touched: [by('id', 'bat')],
  },
  {
    name: 'memory',
    key: ['number'],
    rest: [
      ...['id', 'batch_id', 'type', 'status', 'trust', 'importance', 'scope_id', 'fingerprint', 'created_at'],
      ...['committed_at', 'valid_from', 'valid_to', 'superseded_by'],
    ],
    page: ROWS,
    touched: [by('id', 'mem')],
    text: 'memory',
  },
  {
    name: 'memory_state',
    key: ['memory_id', 'sequence'],
    rest: ['at', 'status'],
    page: ROWS,
    touched: [by('memory_id', 'mem')],
  },
  {
    name: 'run',
    key: ['id'],
    rest: [
      ...['external_id', 'scope_id', 'status', 'trust', 'seq', 'working_set', 'origin', 'created_at'],
      'updated_at',
    ],
    page: LARGE,
    touched: [by('id', 'run')],
  },
  {
    name: 'episode',
    key: ['id'],
    rest: ['run_id', 'number', 'created_at', 'hash'],
    page: ROWS,
    touched: [by('id', 'epi'), by('run_id', 'run')],
  },
  {
    name: 'medallion',
    key: ['id'],
    rest: ['scope_id', 'version', 'status', 'superseded_by', 'created_at', 'updated_at'],
    page: ROWS,
    touched: [by('id', 'med'), by('superseded_by', 'med')],
  },
  {
    name: 'medallion_version',
    key: ['medallion_id', 'version'],
    rest: ['at', 'evidence', 'run_id'],
    page: ROWS,
    touched: [by('medallion_id', 'med')],
  },
  {
    name: 'medallion_superseded',
    key: ['medallion_id', 'version'],
    rest: ['superseded_by', 'at'],
    page: ROWS,
    touched: [by('medallion_id', 'med'), by('superseded_by', 'med')],
  },
  {
    name: 'medallion_newest',
    key: ['kind', 'name', 'updated_at', 'medallion_id'],
    rest: ['scope_id'],
    page: ROWS,
    touched: [by('medallion_id', 'med')],
  },
  {
    name: 'session',
    key: ['id'],
    rest: [
      ...['external_id', 'scope_id', 'trust', 'model', 'context_limit', 'max_output', 'last_sequence'],
      ...['created_at', 'updated_at', 'hidden_at'],
    ],
    page: ROWS,
    touched: [by('id', 'ses')],
  },
  {
    name: 'message',
    key: ['session_id', 'sequence'],
    rest: [
      ...['id', 'client_id', 'role', 'name', 'timestamp', 'tokens', 'tokenizer', 'calls', 'created_at'],
      'hidden_at',
    ],
    page: ROWS,
    touched: [by('session_id', 'ses')],
  },
  {
    name: 'summary',
    key: ['id'],
    rest: [
      ...['session_id', 'level', 'first_sequence', 'last_sequence', 'covers', 'parents', 'covered_tokens'],
      ...['tokens', 'tokenizer', 'created_at', 'ended_at'],
    ],
    page: ROWS,
    touched: [by('session_id', 'ses')],
  },
  {
    name: 'blob',
    key: ['id'],
    rest: [
      ...['sequence', 'sha256', 'scope_id', 'session_id', 'name', 'mime', 'kind', 'bytes', 'tokens'],
      'created_at',
    ],
    page: ROWS,
    touched: [by('id', 'blob')],
  },
  {
    name: 'blob_use',
    key: ['blob_id', 'owner'],
    rest: [],
    page: ROWS,
    touched: [by('blob_id', 'blob'), by('owner', 'msg')],
  },
  {
    name: 'passage',
    key: ['number'],
    rest: [
      ...['kind', 'owner', 'part', 'scope_id', 'session_id', 'run_id', 'sequence', 'trust', 'created_at'],
      ...['ended_at', 'first_line', 'last_line'],
    ],
    page: ROWS,
    touched: [
      ...[by('owner', 'epi'), by('owner', 'sum'), by('owner', 'blob')],
      { ...by('owner', 'med'), below: true },
      { ...by('session_id', 'ses'), only: { kind: 'message' } },
    ],
    text: 'passage',
  },
  { name: 'import', key: ['id'], rest: ['sha256', 'kind', 'at'], page: ROWS, touched: [by('id', 'imp')] },
  {
    name: 'imported_event',
    key: ['import_id', 'stream', 'sequence'],
    rest: ['type', 'at', 'body_hash', 'previous_hash', 'hash'],
    page: ROWS,
    touched: [by('import_id', 'imp')],
  },
  {
    name: 'imported_body',
    key: ['import_id', 'owner'],
    rest: ['hash'],
    page: ROWS,
    touched: [by('import_id', 'imp')],
  },
  {
    name: 'alias',
    key: ['import_id', 'foreign_id'],
    rest: ['local_id'],
    page: ROWS,
    touched: [by('import_id', 'imp')],
  },
  {
    name: 'idempotency',
    key: ['tool', 'key'],
    rest: ['arguments_hash', 'reply', 'at', 'hash'],
    page: LARGE,
    touched: [],
  },
  {
    name: 'access_token',
    key: ['id'],
    rest: ['hash', 'label', 'opens', 'permissions', 'home', 'created_at', 'expires_at', 'revoked_at'],
    page: ROWS,
    touched: [],
  },
];

/** What is not copied as rows, and why. */
export const NOT_COPIED: Readonly<Record<string, string>> = {
  migration: 'each database has its own',
  copy_mark: 'says of the database itself where it came from',
  memory_text: 'comes with its memories',
  passage_text: 'comes with its passages',
  unindexed: 'set where the source has it',
  vector_model: 'comes with its vectors, under numbers of its own',
  vector: 'copied by the rows it belongs to',
  vector_feed: 'says what an index beside the database was given of it',
  vector_gone: 'says what an index beside the database has to forget',
  vector_progress: 'set by what was copied',
  vector_claim: 'who is at work in one database is nothing to another',
  writer_call: 'forgotten after an hour',
  writer_claim: 'who is at work in one database is nothing to another',
};
