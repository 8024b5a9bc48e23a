/** What rows add to counts: of each word a row, and their tokens. Lexemes begin with four characters of their namespace. */
const counted = (rows: string, sign: '+' | '-'): string => `
    select namespace, substr(word, 5) as word, ${sign}1 as rows from ${rows}, unnest(tsvector_to_array(terms)) word
    union all select namespace, '', ${sign}length from ${rows}`;

const add = (changes: string): string => `
  insert into text_word as w (namespace, family, word, rows)
  select namespace, tg_argv[0], word, sum(rows) from (${changes}) change group by 1, 3 having sum(rows) <> 0
  on conflict (namespace, family, word) do update set rows = w.rows + excluded.rows;`;

/** A word that no row holds any more is gone from the counts too. */
const FORGET = `
  delete from text_word w where w.family = tg_argv[0] and w.rows = 0 and (w.namespace, w.word) in
    (select namespace, substr(word, 5) from gone, unnest(tsvector_to_array(terms)) word);`;

const counting = (name: string, statements: string): string => `
create function mintmark_${name}() returns trigger language plpgsql as $$
begin${statements}
  return null;
end $$;
`;

const counts = (family: 'memory' | 'passage'): string => `
create trigger ${family}_text_is_counted after insert on ${family}_text referencing new table as added
  for each statement execute function mintmark_count_words('${family}');
create trigger ${family}_text_is_counted_anew after update on ${family}_text
  referencing old table as gone new table as added
  for each statement execute function mintmark_count_words_anew('${family}');
create trigger ${family}_text_is_uncounted after delete on ${family}_text referencing old table as gone
  for each statement execute function mintmark_uncount_words('${family}');
`;

/** What is added to an indexed set is indexed too. */
const MARK = `
create function mintmark_mark_near() returns trigger language plpgsql as $$
begin
  if new.vector is not null then
    new.near := (select n.dims from vector_near n
      where n.namespace = new.namespace and n.model_id = new.model_id and n.family = new.family);
  end if;
  return new;
end $$;
create trigger vector_row_is_marked before insert on vector_row for each row execute function mintmark_mark_near();
`;

/** Schema 5: how many rows hold each word, and which vectors an index knows, kept by triggers. Never edited after a release. */
export const schema5 = [
  counting('count_words', add(counted('added', '+'))),
  counting('count_words_anew', add(`${counted('added', '+')} union all ${counted('gone', '-')}`) + FORGET),
  counting('uncount_words', add(counted('gone', '-')) + FORGET),
  counts('memory'),
  counts('passage'),
  MARK,
].join('');
