import { lastPosition, newEventTypes } from '../store/events.js';
import { contentsOf, memoriesFrom, type NumberedMemory, newestMemory } from '../store/memories.js';
import { indexedWords, indexRows, newestHolding, ownTexts } from '../store/memory-text.js';
import type { Reader, Store } from '../store/store.js';
import { stem } from '../text/analyse.js';
import { type Claims, claims, type Marks, marksOf, termSet } from './compare.js';
import { WordFilter } from './word-filter.js';

/** How many rows are known of a word: one that as many hold is no rare one. */
export const NEWEST = 64;
/** How much is remembered at most, of words and of rows, and how much that others added is read before all is forgotten. */
const WORDS = 8_192;
const ROWS = 16_384;
const CLAIMS = 4_096;
const MISSED = 1_000;
const NAMESPACES = 8;
/** To read all words there are takes as long as to look up one word for every eight rows; but never for a few. */
const ROWS_A_WORD = 8;
const FEW = 200;

/** What is about to be added, as its row will be found: the stems of its index row, and the marks of its terms. */
export type Addend = { readonly id: string; readonly stems: ReadonlySet<string>; readonly marks: Marks };

const remembered = new WeakMap<Store, Map<string, NewestRows>>();

/** What this process remembers of a namespace. */
export function newestRows(store: Store, namespace: string): NewestRows {
  const namespaces = remembered.get(store) ?? new Map<string, NewestRows>();
  remembered.set(store, namespaces);
  const rows = namespaces.get(namespace) ?? new NewestRows();
  // In the order of their use, so that the first is the one to forget.
  namespaces.delete(namespace);
  namespaces.set(namespace, rows);
  const [oldest] = namespaces.keys();
  if (namespaces.size > NAMESPACES && oldest !== undefined) namespaces.delete(oldest);
  return rows;
}

/**
 * The newest rows that hold a word, and what rows say: the index is asked for a word once, and a row is read once. Only
 * what the database shows is learnt, whoever added it, so that nothing has to be undone with a transaction. Rows never
 * change; once any was purged, all is forgotten.
 */
export class NewestRows {
  /** By a stem, or by two joined by a space; newest first. */
  readonly #held = new Map<string, number[]>();
  /** The second stems of pairs, by their first. */
  readonly #pairs = new Map<string, Set<string>>();
  readonly #marks = new Map<number, Marks>();
  readonly #claims = new Map<string, Claims>();
  /** All words there are, once many were looked up: as a rule a memory says one that nobody said before. */
  #words: WordFilter | undefined;
  #lookedUp = 0;
  /** What was about to be added when it was last looked, by id. */
  #addends = new Map<string, Addend>();
  #last: NumberedMemory | undefined;
  #position = 0;

  /** Learns what is new. For a transaction that others wait for and that has added nothing yet. */
  async catchUp(reader: Reader): Promise<void> {
    const addends = this.#addends;
    this.#addends = new Map();
    const [last, ...added] = this.#last ? await memoriesFrom(reader, this.#last.number, MISSED) : [];
    // Its number may have been given again.
    const stands = last !== undefined && last.id === this.#last?.id && added.length < MISSED - 1;
    if (!stands || !(await this.#unpurged(reader))) return this.#begin(reader);
    const unknown = added.some(({ id }) => !addends.has(id));
    if (unknown) await this.#read(reader, last.number);
    else for (const { id, number } of added) this.#learn(number, addends.get(id));
    this.#last = added.at(-1) ?? last;
  }

  /** The newest rows that hold each key, newest first: a word, or two joined by a space. */
  async holding(reader: Reader, keys: readonly string[]): Promise<Map<string, readonly number[]>> {
    const found = new Map<string, readonly number[]>();
    const missing: string[] = [];
    await this.#readWords(reader);
    for (const key of keys) {
      const stems = stemmed(key);
      const list = this.#held.get(stems) ?? (this.#isNew(stems) ? [] : undefined);
      if (list) found.set(key, list);
      else missing.push(key);
    }
    if (missing.length === 0) return found;
    this.#lookedUp += missing.length;
    const sets = missing.map(key => key.split(' '));
    for (const [at, list] of (await newestHolding(reader, sets, NEWEST)).entries()) {
      found.set(missing[at] ?? '', list);
      this.#hold(stemmed(missing[at] ?? ''), list);
    }
    return found;
  }

  /** The marks of the terms of rows, for those that there are. */
  async marks(reader: Reader, numbers: readonly number[]): Promise<ReadonlyMap<number, Marks>> {
    const found = new Map<number, Marks>();
    const missing: number[] = [];
    for (const number of numbers) {
      const marks = this.#marks.get(number);
      if (marks) found.set(number, marks);
      else missing.push(number);
    }
    if (missing.length === 0) return found;
    for (const { number, own } of await ownTexts(reader, missing)) {
      const marks = marksOf(termSet(own.split(' ')));
      found.set(number, marks);
      this.#remember(number, marks);
    }
    return found;
  }

  /** What memories claim, by their ids, for those that there are. */
  async claims(reader: Reader, ids: readonly string[]): Promise<ReadonlyMap<string, Claims>> {
    const missing = ids.filter(id => !this.#claims.has(id));
    if (this.#claims.size + missing.length > CLAIMS) this.#claims.clear();
    for (const [id, content] of await contentsOf(reader, missing)) this.#claims.set(id, claims(content));
    return this.#claims;
  }

  /** Says what may be there at the next look, which then need not be read. */
  expect(addends: readonly Addend[]): void {
    for (const addend of addends) this.#addends.set(addend.id, addend);
  }

  async #begin(reader: Reader): Promise<void> {
    this.#held.clear();
    this.#pairs.clear();
    this.#marks.clear();
    this.#claims.clear();
    this.#words = undefined;
    this.#lookedUp = 0;
    this.#last = await newestMemory(reader);
    this.#position = await lastPosition(reader);
  }

  async #unpurged(reader: Reader): Promise<boolean> {
    const events = await newEventTypes(reader, this.#position, MISSED);
    this.#position = events.at(-1)?.position ?? this.#position;
    return events.length < MISSED && events.every(({ type }) => type !== 'PURGE');
  }

  async #read(reader: Reader, after: number): Promise<void> {
    for (const { number, own, context } of await indexRows(reader, after, MISSED)) {
      const tokens = own.split(' ');
      const stems = new Set([...tokens, ...context.split(' ')].map(stem));
      this.#learn(number, { stems, marks: marksOf(termSet(tokens)) });
    }
  }

  async #readWords(reader: Reader): Promise<void> {
    if (this.#words?.full) this.#words = undefined;
    if (this.#words || this.#lookedUp < Math.max(FEW, (this.#last?.number ?? 0) / ROWS_A_WORD)) return;
    this.#words = new WordFilter(await indexedWords(reader));
    this.#lookedUp = 0;
  }

  /** Whether no row holds it. */
  #isNew(stems: string): boolean {
    const words = this.#words;
    return words !== undefined && !LONE.test(stems) && stems.split(' ').some(word => !words.mayHold(word));
  }

  #learn(number: number, row: Omit<Addend, 'id'> | undefined): void {
    if (!row) return;
    this.#remember(number, row.marks);
    for (const word of row.stems) {
      this.#words?.add(word);
      this.#lead(word, number);
      for (const second of this.#pairs.get(word) ?? [])
        if (row.stems.has(second)) this.#lead(`${word} ${second}`, number);
    }
  }

  #lead(key: string, number: number): void {
    const list = this.#held.get(key);
    if (list?.unshift(number) === NEWEST + 1) list.pop();
  }

  /** Words that no row holds yet are not kept: as a rule nobody says them again. */
  #hold(key: string, list: readonly number[]): void {
    if (list.length === 0 || LONE.test(key)) return;
    if (this.#held.size >= WORDS) {
      this.#held.clear();
      this.#pairs.clear();
    }
    this.#held.set(key, [...list]);
    const [first = '', second] = key.split(' ');
    if (second === undefined) return;
    this.#pairs.set(first, (this.#pairs.get(first) ?? new Set()).add(second));
  }

  #remember(number: number, marks: Marks): void {
    const [oldest] = this.#marks.size >= ROWS ? this.#marks.keys() : [];
    if (oldest !== undefined) this.#marks.delete(oldest);
    this.#marks.set(number, marks);
  }
}

/** A lone character of a script that is indexed in pairs: PostgreSQL finds it at the beginning of others. */
const LONE = /(?:^| )[^ -~](?:$| )/u;

const stemmed = (key: string): string => key.split(' ').map(stem).join(' ');
