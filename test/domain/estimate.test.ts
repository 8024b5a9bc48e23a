import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { get_encoding } from 'tiktoken';
import { afterAll, describe, expect, it } from 'vitest';
import { cutToTokens, estimateTokens } from '../../src/text/estimate.js';

const encoding = get_encoding('o200k_base');
afterAll(() => encoding.free());

/** Estimate ÷ truth. */
function ratio(text: string): number {
  return estimateTokens(text) / encoding.encode_ordinary(text).length;
}

/** Texts made of the given pieces in random order. */
const madeOf = (pieces: readonly string[], joint: string, count: number) =>
  fc
    .array(fc.constantFrom(...pieces), { minLength: count, maxLength: count * 2 })
    .map(list => list.join(joint));

const english = [
  'In the end we decided to keep the append-only ledger, because every reader can replay it.',
  'Caroline went to a support group yesterday, and she said that it was very powerful.',
  "I'm swamped with the kids & work, so let's talk on Sunday; how have you been?",
  'The committee recognised the inherent dignity and the equal rights of all members of the family.',
  'Nobody knew why the server restarted at night until somebody read the kernel log.',
  'Photosynthesis converts carbon dioxide and water into glucose, releasing oxygen as a by-product.',
  'She prefers tea to coffee, tabs to spaces and, most of all, short meetings to long ones.',
];
const chinese = [
  '我们决定使用只追加的账本，因为每个读者都可以重放它。',
  '他昨天去了北京，参加了一个关于数据库的会议。',
  '请不要在没有备份的情况下修改生产环境的配置。',
  '这个函数返回用户的编号，如果找不到就返回空值。',
  '天气很好，所以我们下午去公园散步，然后一起吃晚饭。',
];
const japanese = [
  '今日は天気がいいから、公園まで散歩しましょう。',
  'データベースの設定を変更する前に、必ずバックアップを取ってください。',
  'この関数はユーザーの名前を返しますが、見つからない場合は例外を投げます。',
  '会議は来週の月曜日の午後三時から始まります。',
];
const korean = [
  '우리는 모든 사용자가 다시 재생할 수 있는 기록을 사용하기로 결정했습니다.',
  '데이터베이스 설정을 변경하기 전에 반드시 백업을 해 주세요.',
  '오늘은 날씨가 좋아서 공원에서 산책을 했습니다.',
];
const thai = [
  'วันนี้อากาศดีมากเราไปเดินเล่นที่สวนกันเถอะ',
  'กรุณาสำรองข้อมูลก่อนเปลี่ยนการตั้งค่าของระบบ',
  'การประชุมจะเริ่มในวันจันทร์หน้าเวลาบ่ายสามโมง',
];
const emoji = [
  '😀',
  '😂',
  '🎉',
  '🚀',
  '🔥',
  '✨',
  '👍',
  '🙏',
  '👩‍💻',
  '👨‍👩‍👧‍👦',
  '❤️',
  '✅',
  '⚠️',
  '🇫🇷',
  '🦀',
  '👍🏽',
];

const sources = [
  'src/errors.ts',
  'package.json',
  'tsconfig.json',
  'biome.json',
  'test/domain/estimate.test.ts',
]
  .map(path => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'))
  .join('\n');
const slices = (text: string, size = 400) => fc.nat(text.length - size).map(at => text.slice(at, at + size));
const characters = (alphabet: string) => madeOf([...alphabet], '', 250);
const bytes = fc.uint8Array({ minLength: 200, maxLength: 600 }).map(list => Buffer.from(list));
const json = fc.array(
  fc.record({
    id: fc.uuid(),
    name: fc.constantFrom(...english),
    at: fc.integer({ min: 0, max: 2e12 }),
    open: fc.boolean(),
    tags: fc.array(fc.constantFrom('work', 'ledger', 'home')),
  }),
  { minLength: 3, maxLength: 6 },
);

const ordinary: readonly (readonly [string, fc.Arbitrary<string>])[] = [
  ['English prose', madeOf(english, ' ', 4)],
  ['Chinese', madeOf(chinese, '', 10)],
  ['Japanese', madeOf(japanese, '', 10)],
  ['Korean', madeOf(korean, ' ', 8)],
];
const other: readonly (readonly [string, fc.Arbitrary<string>])[] = [
  ['code and settings', slices(sources)],
  ['Thai', madeOf(thai, ' ', 6)],
  ['JSON', json.map(value => JSON.stringify(value))],
  ['indented JSON', json.map(value => JSON.stringify(value, null, 2))],
  [
    'URLs',
    fc
      .array(fc.webUrl({ withQueryParameters: true }), { minLength: 15, maxLength: 20 })
      .map(urls => urls.join('\n')),
  ],
  ['hex', characters('0123456789abcdef')],
  ['base64', bytes.map(list => list.toString('base64'))],
  ['emoji', madeOf(emoji, '', 60)],
  ['emoji in prose', madeOf([...emoji, ...english], ' ', 12)],
  ['random bytes as Latin-1', bytes.map(list => list.toString('latin1'))],
  ['random bytes as UTF-8', bytes.map(list => list.toString('utf8'))],
  ['digits', characters('0123456789')],
  ['punctuation', characters('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~')],
];

describe('estimateTokens', () => {
  it.each(ordinary)('is within a quarter of the truth for %s', (_, texts) => {
    fc.assert(
      fc.property(texts, text => {
        expect(ratio(text)).toBeGreaterThan(0.8);
        expect(ratio(text)).toBeLessThan(1.25);
      }),
    );
  });

  it.each(other)('never takes %s for more than a quarter less than it is', (_, texts) => {
    fc.assert(
      fc.property(texts, text => {
        expect(ratio(text)).toBeGreaterThan(0.75);
        expect(ratio(text)).toBeLessThan(1.7);
      }),
    );
  });

  it('is within a tenth for prose as a whole', () => {
    expect(ratio(english.join(' '))).toBeGreaterThan(0.95);
    expect(ratio(english.join(' '))).toBeLessThan(1.15);
  });

  it.each([
    ['', 0],
    ['a', 1],
    ['\ud800', 1],
    ['123456', 3],
  ])('takes %j for about %d', (text, expected) => {
    expect(estimateTokens(text)).toBe(expected);
  });

  it('is not fooled into nothing by any run of one character', () => {
    for (let code = 0; code < 0x3000; code += 1) {
      expect(estimateTokens(String.fromCharCode(code).repeat(1000))).toBeGreaterThanOrEqual(20);
    }
  });

  it('never shrinks when a text grows', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, more) => {
        expect(estimateTokens(text + more)).toBeGreaterThanOrEqual(estimateTokens(text));
      }),
    );
  });
});

describe('cutToTokens', () => {
  it('returns a text within the budget as it is', () => {
    expect(cutToTokens('  exact\r\n', 100)).toBe('  exact\r\n');
    expect(cutToTokens('', 0)).toBe('');
  });

  it.each([0, -1, 0.5])('leaves nothing of a budget of %d', tokens => {
    expect(cutToTokens('a word', tokens)).toBe('');
  });

  it('takes the longest prefix within the budget', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 300 }),
        fc.nat(60),
        (text, tokens) => {
          const cut = cutToTokens(text, tokens);
          expect(text.startsWith(cut)).toBe(true);
          expect(estimateTokens(cut)).toBeLessThanOrEqual(tokens);
          if (cut !== text) expect(estimateTokens(text.slice(0, cut.length + 1))).toBeGreaterThan(tokens);
        },
      ),
    );
  });

  it('keeps to the budget and splits no pair, for any string at all', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), madeOf(emoji, '', 60)),
        fc.nat(40),
        (text, tokens) => {
          const cut = cutToTokens(text, tokens);
          expect(text.startsWith(cut)).toBe(true);
          expect(estimateTokens(cut)).toBeLessThanOrEqual(tokens);
          expect(cut).not.toMatch(/[\ud800-\udbff]$/);
        },
      ),
    );
  });

  it('keeps marks with their letter, unless that leaves nothing', () => {
    expect(cutToTokens('ab e\u0301 e\u0301 e\u0301', 3)).toBe('ab e\u0301 ');
    const piled = `a${'\u0301'.repeat(500)}`;
    expect(cutToTokens(piled, 5).length).toBeGreaterThan(0);
  });
});
