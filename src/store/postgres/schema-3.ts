/** Schema 3: what search finds, by words and by vectors. Never edited after a release. */
export const schema3 = `
create table memory_text (
  namespace text collate "C" not null,
  number bigint not null,
  own text collate "C" not null,
  context text collate "C" not null,
  scope text collate "C" not null,
  terms tsvector not null,
  length bigint not null,
  primary key (namespace, number)
);
create index memory_text_terms on memory_text using gin (terms) with (fastupdate = off);

create table passage (
  namespace text collate "C" not null,
  number bigint not null,
  kind text collate "C" not null check (kind in ('medallion', 'episode', 'message', 'summary', 'blob')),
  owner text collate "C" not null,
  part bigint not null,
  scope_id bigint not null,
  session_id text collate "C",
  run_id text collate "C",
  sequence bigint,
  trust text collate "C" not null,
  created_at bigint not null,
  ended_at bigint,
  first_line bigint,
  last_line bigint,
  primary key (namespace, number),
  unique (namespace, owner, part),
  foreign key (namespace, scope_id) references scope (namespace, id)
);
create index passage_by_scope on passage (namespace, scope_id);
create index passage_of_message on passage (namespace, session_id, sequence) where kind = 'message';

create table passage_text (
  namespace text collate "C" not null,
  number bigint not null,
  own text collate "C" not null,
  before text collate "C" not null,
  after text collate "C" not null,
  scope text collate "C" not null,
  terms tsvector not null,
  length bigint not null,
  primary key (namespace, number)
);
create index passage_text_terms on passage_text using gin (terms) with (fastupdate = off);

-- How many rows hold a word; under the empty one, how many tokens they have in all. Kept by the triggers below.
create table text_word (
  namespace text collate "C" not null,
  family text collate "C" not null check (family in ('memory', 'passage')),
  word text collate "C" not null,
  rows bigint not null,
  primary key (namespace, family, word)
) with (fillfactor = 80);

create table unindexed (namespace text primary key);

create table vector_model (
  namespace text collate "C" not null,
  id bigint not null,
  name text collate "C" not null,
  dims bigint not null check (dims between 1 and 65536),
  state text collate "C" not null check (state in ('building', 'current', 'old')),
  used_at bigint not null,
  primary key (namespace, id)
);
create index vector_model_by_name on vector_model (namespace, name);

create table vector_progress (
  namespace text collate "C" not null,
  model_id bigint not null,
  family text collate "C" not null check (family in ('memory', 'passage')),
  upto bigint not null,
  primary key (namespace, model_id, family),
  foreign key (namespace, model_id) references vector_model (namespace, id) on delete cascade
);

create table vector_claim (
  namespace text collate "C" not null,
  model_id bigint not null,
  family text collate "C" not null,
  first bigint not null,
  last bigint not null,
  owner text collate "C" not null,
  expires_at bigint not null,
  primary key (namespace, model_id, family, first),
  foreign key (namespace, model_id) references vector_model (namespace, id) on delete cascade
);

create table vector_row (
  namespace text collate "C" not null,
  id bigint not null,
  model_id bigint not null,
  family text collate "C" not null,
  number bigint not null,
  vector vector[],
  near bigint,
  primary key (namespace, model_id, family, number),
  unique (namespace, id),
  foreign key (namespace, model_id) references vector_model (namespace, id)
) with (toast_tuple_target = 8160);
-- Beside the row as long as it fits: to fetch it from elsewhere costs more than to compare it.
alter table vector_row alter column vector set storage external;

-- Sets of which every row is marked with its dimensions in "near", for an index of such rows alone.
create table vector_near (
  namespace text collate "C" not null,
  model_id bigint not null,
  family text collate "C" not null check (family in ('memory', 'passage')),
  dims bigint not null,
  method text collate "C" not null check (method in ('hnsw', 'ivfflat')),
  primary key (namespace, model_id, family),
  foreign key (namespace, model_id) references vector_model (namespace, id) on delete cascade
);
`;
