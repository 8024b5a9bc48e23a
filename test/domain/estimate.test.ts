import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutToTokens, estimateTokens } from '../../src/text/estimate.js';
import { tokensOf } from '../support/tokens.js';
import { character } from '../support/unicode.js';

/** Estimate ÷ truth. */
function ratio(text: string): number {
  return estimateTokens(text) / tokensOf(text);
}

/** Texts made of the given pieces in random order. */
const madeOf = (pieces: readonly string[], joint: string, count: number) =>
  fc
    .array(fc.constantFrom(...pieces), { minLength: count, maxLength: count * 2 })
    .map(list => list.join(joint));

/** Nearly all of the sentences, in any order. */
const passage = (sentences: readonly string[], joint: string) =>
  fc.shuffledSubarray([...sentences], { minLength: sentences.length - 1 }).map(list => list.join(joint));

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
  '數據庫的備份應該每天自動執行，並且定期測試還原的流程。',
  '小王昨晚加班到很晚，今天早上差点没赶上去上海的高铁。',
  '春天来了，山上的樱花开得正盛，游客络绎不绝。',
  '如果你发现日志里有错误，请把完整的堆栈信息发给我。',
  '這家餐廳的牛肉麵很有名，週末常常要排隊半個小時。',
];
const japanese = [
  '今日は天気がいいから、公園まで散歩しましょう。',
  'データベースの設定を変更する前に、必ずバックアップを取ってください。',
  'この関数はユーザーの名前を返しますが、見つからない場合は例外を投げます。',
  '会議は来週の月曜日の午後三時から始まります。',
  'サーバーが再起動した理由は、夜間のメンテナンス作業だったそうです。',
  '昨日友達と渋谷で買い物をして、美味しいラーメンを食べた。',
  'すべての人間は、生まれながらにして自由であり、尊厳と権利について平等である。',
  'エラーが発生した場合は、ログの全文を担当者に送ってください。',
];
const korean = [
  '우리는 모든 사용자가 다시 재생할 수 있는 기록을 사용하기로 결정했습니다.',
  '데이터베이스 설정을 변경하기 전에 반드시 백업을 해 주세요.',
  '오늘은 날씨가 좋아서 공원에서 산책을 했습니다.',
  '어제 친구랑 영화를 봤는데 생각보다 재미없어서 중간에 나왔어요.',
  '모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.',
  '서버가 왜 밤마다 다시 시작되는지 로그를 확인해 보세요.',
  '다음 주 월요일 오후 세 시에 회의가 시작될 예정이니 늦지 마세요.',
  '이 함수는 이름을 돌려주고, 찾지 못하면 예외를 던진다.',
];
const thai = [
  'วันนี้อากาศดีมากเราไปเดินเล่นที่สวนกันเถอะ',
  'กรุณาสำรองข้อมูลก่อนเปลี่ยนการตั้งค่าของระบบ',
  'การประชุมจะเริ่มในวันจันทร์หน้าเวลาบ่ายสามโมง',
  'เมื่อวานฉันไปดูหนังกับเพื่อนแต่ไม่ค่อยสนุกเท่าไร',
  'มนุษย์ทั้งปวงเกิดมามีอิสระและเสมอภาคกันในศักดิ์ศรีและสิทธิ',
  'ร้านนี้ขายก๋วยเตี๋ยวเนื้ออร่อยมากแต่ต้องรอคิวนาน',
  'ฟังก์ชันนี้คืนชื่อของผู้ใช้ถ้าไม่พบจะแจ้งข้อผิดพลาด',
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
  ['English prose', passage(english, ' ')],
  ['Chinese', passage(chinese, '')],
  ['Japanese', passage(japanese, '')],
  ['Korean', passage(korean, ' ')],
  ['Thai', passage(thai, ' ')],
];
const other: readonly (readonly [string, fc.Arbitrary<string>])[] = [
  ['code and settings', slices(sources)],
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
  [
    'emoji in prose',
    madeOf(
      english.flatMap(word => emoji.map(sign => `${word} ${sign}`)),
      ' ',
      12,
    ),
  ],
  ['random bytes as Latin-1', bytes.map(list => list.toString('latin1'))],
  ['random bytes as UTF-8', bytes.map(list => list.toString('utf8'))],
  ['digits', characters('0123456789')],
  ['punctuation', characters('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~')],
];

describe('estimateTokens', () => {
  it.each(ordinary)('is within a fifth of the truth, or a quarter above it, for %s', (_, texts) => {
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

  it.each([
    ['', 0],
    ['a', 1],
    ['\ud800', 1],
    ['123456', 4],
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
      fc.property(fc.string({ unit: character }), fc.string({ unit: character }), (text, more) => {
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
        fc.string({ unit: 'grapheme-ascii', maxLength: 300, size: 'max' }),
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
        fc.oneof(fc.string({ unit: character, size: 'medium' }), madeOf(emoji, '', 60)),
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
