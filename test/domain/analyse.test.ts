import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse, isStopWord, queryTerms, spans, stem } from '../../src/text/analyse.js';
import { character } from '../support/unicode.js';

const words = (text: string): string => analyse(text).join(' ');
const anyText = fc.oneof(
  fc.string({ unit: character, size: 'medium' }),
  fc.string({ unit: 'grapheme', size: 'medium' }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { size: 'medium' })
    .map(units => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom(..."aB7'’st_./+#漢ก\u0301𠮷 ", '\ud800'), { size: 'medium' })
    .map(parts => parts.join('')),
);
/** What FTS5's ascii tokenizer keeps in one piece, whatever comes after it. */
const WHOLE_FOR_FTS5 = /^[a-z0-9\u0080-\u{10ffff}]+$/u;

describe('analyse', () => {
  it.each([
    ['getUserById', 'get user by id getuserbyid'],
    ['HTTPServer', 'http server httpserver'],
    ['Base64Encode', 'base64 encode base64encode'],
    ['snake_case', 'snake case snakecase'],
    ['MAX_TOKENS', 'max tokens maxtokens'],
    ['__init__', 'init'],
    ['kebab-case', 'kebab case kebabcase'],
    ['src/store/ledger.ts', 'src store ledger ts srcstoreledgerts'],
    ['C:\\temp\\a.txt', 'c temp a txt ctempatxt'],
    ['std::vec::Vec', 'std vec vec stdvecvec'],
    ['store.getUserById', 'store get user by id getuserbyid storegetuserbyid'],
    ['node.js', 'node js nodejs'],
    ['john.doe@example.com', 'john doe example com johndoeexamplecom'],
    ['2024-05-01', '2024 05 01 20240501'],
    ['python3', 'python 3 python3'],
    ['sha256', 'sha 256 sha256'],
    ['iOS16', 'i os 16 ios16'],
  ])('splits %s into its parts and keeps it whole', (text, tokens) => {
    expect(words(text)).toBe(tokens);
  });

  it.each([
    ['The end. A new day', 'the end a new day'],
    ['wait...what', 'wait what'],
    ['before -- after', 'before after'],
    ['a--b', 'a b'],
    ['key: value, (other)', 'key value other'],
    ['PDFs and URLs of LLMs', 'pdfs and urls of llms'],
    ['H2O 5G E1107 4f2a', 'h2o 5g e1107 4f2a'],
  ])('takes %s for prose, not for an identifier', (text, tokens) => {
    expect(words(text)).toBe(tokens);
  });

  it('tells c++ and C# from c', () => {
    expect(words('c++ C# c')).toBe('c cplusplus c csharp c');
    expect(words('issue #12 a#b a + b')).toBe('issue 12 a b a b');
  });

  it('lets a version with and without its v find each other', () => {
    expect(analyse('v1.2.3')).toEqual(expect.arrayContaining(analyse('1.2.3')));
    expect(analyse('1.2.3')).not.toContain('v1');
  });

  it('keeps a contracted negation in one piece and drops other clitics', () => {
    expect(words("don't CAN'T won’t")).toBe('dont cant wont');
    expect(words("it's the user’s, we'll see")).toBe('it the user we see');
    expect(words("O'Reilly d'accord 'quoted'")).toBe('o reilly d accord quoted');
  });

  it('folds the diacritics of Latin, Greek and Cyrillic letters', () => {
    expect(words('café CAFÉ cafe\u0301')).toBe('cafe cafe cafe');
    expect(words('Straße STRASSE Łódź İstanbul')).toBe('strasse strasse lodz istanbul');
    expect(words('Ελλάδα ΟΔΟΣ οδος')).toBe('ελλαδα οδοσ οδοσ');
    expect(words('ёлка ЁЛКА')).toBe('елка елка');
  });

  it.each([
    ['ＡＰＩ ｖ２ ２０２６年', 'API v2 2026年'],
    ['ﾃﾞｰﾀﾍﾞｰｽ', 'データベース'],
    ['ｇｅｔＵｓｅｒ', 'getUser'],
    ['eﬃcient ﬁle', 'efficient file'],
  ])('folds the width of letters and digits: %s is %s', (typed, usual) => {
    expect(analyse(typed)).toEqual(analyse(usual));
  });

  it('leaves wide punctuation what it is', () => {
    expect(words('项目：名称，ａ／ｂ')).toBe('项目 名称 a b');
  });

  it('never folds the marks of other scripts', () => {
    expect(words('हिन्दी')).toBe('हिन्दी');
    expect(analyse('が')).not.toEqual(analyse('か'));
    expect(analyse('שָׁלוֹם')).not.toEqual(analyse('שלום'));
  });

  it('writes scripts without spaces as overlapping pairs', () => {
    expect(words('日本語のテスト')).toBe('日本 本語 語の のテ テス スト');
    expect(words('한국어 텍스트')).toBe('한국 국어 텍스 스트');
    expect(words('ภาษา')).toBe('ภา าษ ษา');
    expect(words('𠮷野家')).toBe('𠮷野 野家');
    expect(words('猫 と iPhone用')).toBe('猫 と i phone iphone 用');
  });

  it.each(['', ' \t\n', '*', '"', '()', '\0', '👩‍👩‍👧', '❤️', '\u0301', '\ud800', '…—“”'])(
    'finds nothing in %j',
    text => {
      expect(analyse(text)).toEqual([]);
    },
  );

  it('splits at NUL, at half a pair and at no invisible character', () => {
    expect(words('a\0b c\ud800d')).toBe('a b c d');
    expect(words('in\u00adter\u200dnal\ufeff 1️⃣')).toBe('internal 1');
  });

  it('cuts a token at 100 characters, never within a pair, and splits nothing that long', () => {
    expect(analyse('x'.repeat(1000))).toEqual(['x'.repeat(100)]);
    expect(analyse('aB'.repeat(100))).toEqual(['ab'.repeat(50)]);
    expect(analyse(`a${'𐐨'.repeat(100)}`)).toEqual([`a${'𐐨'.repeat(49)}`]);
    expect(analyse('segment/'.repeat(50))).toEqual(Array(50).fill('segment'));
  });

  it('answers for a megabyte of piled-up marks, which normalising alone would take minutes for', () => {
    expect(analyse(`a${'\u0301\u0323'.repeat(500_000)} end`)).toEqual(['a', 'end']);
    expect(analyse(`क${'\u093c\u0951'.repeat(2_500_000)}`)).toHaveLength(1);
  });

  it('gives tokens that FTS5 never splits, for any string at all', () => {
    fc.assert(
      fc.property(anyText, text => {
        for (const token of analyse(text)) {
          expect(token).toMatch(WHOLE_FOR_FTS5);
          expect(token).not.toMatch(/[\p{Z}\p{P}\p{Cs}\p{Cc}]/u);
          expect(token.length).toBeLessThanOrEqual(100);
        }
      }),
    );
  });

  it('gives canonically equivalent strings the same tokens', () => {
    fc.assert(
      fc.property(fc.string({ unit: character, size: 'medium' }), text => {
        expect(analyse(text.normalize('NFD'))).toEqual(analyse(text));
      }),
    );
  });

  it('does not mind the case of words', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/)), list => {
        expect(words(list.join(' ').toUpperCase())).toBe(list.join(' '));
      }),
    );
  });
});

describe('queryTerms', () => {
  it('gives each token once, in order, and at most 64', () => {
    expect(queryTerms('the Cat, the cat')).toEqual(['the', 'cat']);
    expect(queryTerms(Array.from({ length: 100 }, (_, at) => `w${at}`).join(' '))).toHaveLength(64);
  });

  it.each(['', '"', 'AND *', '(((', 'secret:word', 'foo*', '\ud800\0'])(
    'takes %j for words, not for syntax',
    query => {
      for (const term of queryTerms(query)) expect(term).toMatch(WHOLE_FOR_FTS5);
    },
  );
});

describe('isStopWord', () => {
  it.each(['the', 'what', 'is', 'did', 'of'])('takes %s for a stop word', word => {
    expect(isStopWord(word)).toBe(true);
  });

  it.each(['not', 'no', 'never', 'none', 'without', 'dont', 'cant', 'ledger', '', 'constructor'])(
    'takes %j for telling',
    word => {
      expect(isStopWord(word)).toBe(false);
    },
  );
});

describe('stem', () => {
  it.each([
    ['running', 'run'],
    ['memories', 'memori'],
    ['relational', 'relat'],
    ['is', 'is'],
    ['naïves', 'naïves'],
    ['日本', '日本'],
    ['', ''],
    [`${'a'.repeat(64)}s`, `${'a'.repeat(64)}s`],
  ])('gives %j the stem %j', (token, expected) => {
    expect(stem(token)).toBe(expected);
  });
});

describe('spans', () => {
  it('says where in the text, as it is, each compound and each pair lies', () => {
    const text = "Cafe\u0301: src/a.ts isn't 日本語 猫 c++!";
    expect([...spans(text)].map(({ start, end }) => text.slice(start, end))).toEqual([
      'Cafe\u0301',
      'src/a.ts',
      "isn't",
      '日本',
      '本語',
      '猫',
      'c++',
    ]);
  });

  it('lies within the text and goes forward, for any string at all', () => {
    fc.assert(
      fc.property(anyText, text => {
        let last = -1;
        for (const { start, end } of spans(text)) {
          expect(start).toBeGreaterThan(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          last = start;
        }
      }),
    );
  });
});
