import { expect, it } from 'vitest';
import { EngineError } from '../../src/engine.js';
import { connect } from '../support/connect.js';
import { POSTGRES } from '../support/engines.js';
import { randomFrom, seedOfRun } from '../support/mintmark.js';

const STRINGS = Number(process.env.MINTMARK_FUZZ_STRINGS ?? (POSTGRES ? 2_000 : 20_000));
const SEED = seedOfRun();
/** The grammar of FTS5, of its column filters, of SQL, of regular expressions and of programs. */
const GRAMMAR = [
  ...[
    'AND',
    'OR',
    'NOT',
    'NEAR',
    'NEAR(',
    ', 3)',
    '"',
    '""',
    "'",
    '*',
    '^',
    '+',
    '-',
    ':',
    '(',
    ')',
    '{',
    '}',
  ],
  ...[
    'own:',
    'scope:',
    '- {own context} :',
    'rank',
    'memory_text',
    'passage_text',
    ';--',
    'drop table event',
    '%',
    '_',
    '\\',
  ],
  ...[
    'c++',
    'node.js',
    'C:\\temp',
    "O'Reilly",
    'a-b',
    'x'.repeat(200),
    '?',
    '$1',
    '[a-z',
    '(?=',
    '{1,2}',
    '|',
  ],
];
const WORDS = [
  'sqlite',
  'storage',
  'naïve',
  '日本語',
  'Ελληνικά',
  '🎉',
  '0',
  '1e9',
  'foo_bar',
  'fooBar',
  'ﬁ',
  'İ',
  'ß',
];
const ODD = [
  '\u0000',
  '\ud800',
  '\udfff',
  '\u200d',
  '\u0301',
  '\ufeff',
  '\u2028',
  '\n',
  '\t',
  ' ',
  '',
  '\u{e000}',
];

it(`answers any of ${STRINGS} strings (MINTMARK_SEED=${SEED})`, {
  timeout: 600_000 + STRINGS * 200,
}, async () => {
  console.log(`MINTMARK_SEED=${SEED}`);
  await using connection = await connect();
  await fill(connection.engine);
  const random = randomFrom(SEED);
  let slowest = 0;
  for (let i = 0; i < STRINGS; i += 1) {
    const query = textFrom(random);
    const start = performance.now();
    const reply = await connection.engine.search({ query }).catch((error: unknown) => {
      throw new Error(`search threw for ${JSON.stringify(query)}`, { cause: error });
    });
    slowest = Math.max(slowest, performance.now() - start);
    if (!Array.isArray(reply.hits)) throw new Error(`no hits for ${JSON.stringify(query)}`);
  }
  console.log(`${STRINGS} strings, slowest ${Math.round(slowest)} ms`);
});

it(`answers or refuses any of ${STRINGS / 100} strings as a regular expression (MINTMARK_SEED=${SEED})`, async () => {
  await using connection = await connect();
  await fill(connection.engine);
  const random = randomFrom(SEED + 1);
  for (let i = 0; i < STRINGS / 100; i += 1) {
    const query = textFrom(random);
    const outcome = await connection.engine.search({ query, mode: 'regex' }).catch((error: unknown) => error);
    if (outcome instanceof Error) expect(outcome, JSON.stringify(query)).toBeInstanceOf(EngineError);
  }
});

type Engine = Awaited<ReturnType<typeof connect>>['engine'];

/** Memories and, in the other index, what else there is. */
async function fill({ memories, sessions, medallions, blobs }: Engine): Promise<void> {
  const notes = Array.from(
    { length: 50 },
    (_, i) => `Note ${i}: ${WORDS[i % WORDS.length]} and c++ in C:\\temp, said O'Reilly.`,
  );
  await memories.propose({ changes: notes.map(content => ({ content })) });
  await memories.propose({ changes: [{ content: 'We use SQLite for storage.' }], commit: true });
  await sessions.append({ messages: notes.map(content => ({ role: 'user', content })) });
  await medallions.checkpoint({ session_summary: 's', invariants: notes });
  await blobs.put({ content: notes.join('\n') });
}

function textFrom(random: () => number): string {
  const below = (limit: number) => Math.floor(random() * limit);
  const piece = () => {
    const dice = random();
    if (dice < 0.45) return GRAMMAR[below(GRAMMAR.length)] ?? '';
    if (dice < 0.7) return WORDS[below(WORDS.length)] ?? '';
    if (dice < 0.8) return ODD[below(ODD.length)] ?? '';
    // Any UTF-16 code unit, surrogates on their own included.
    return String.fromCharCode(below(dice < 0.9 ? 0x80 : 0x10000));
  };
  return Array.from({ length: below(12) }, piece).join(random() < 0.5 ? ' ' : '');
}
