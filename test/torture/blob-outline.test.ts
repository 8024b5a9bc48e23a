import { describe, expect, it } from 'vitest';
import { kindOf } from '../../src/blob/kind.js';
import { outlineOf } from '../../src/blob/outline/outline.js';

const outline = async (kind: string, text: string): Promise<string[]> =>
  (await outlineOf(kind, { text, bytes: Buffer.byteLength(text), name: 'x', mime: null })).split('\n');
const parts = async (kind: string, text: string) => (await outline(kind, text)).slice(1);

describe('an outline of code', () => {
  it.each([
    [
      'typescript',
      'import a from "a";\nexport type A<B> = {\n  a: B;\n};\nexport class É extends F {\n  #x = "{";\n  async g(\n    a: number,\n  ): Promise<void> {}\n}\nexport const f = (a: string): string => {\n  const inner = 1;\n};\n',
      [
        '2: type A<B>',
        '5: class É extends F',
        '7:   async g( a: number, ): Promise<void>',
        '11: const f = (a: string): string =>',
      ],
    ],
    ['tsx', 'function App() {\n  return <b>class No {}</b>;\n}', ['1: function App()']],
    [
      'javascript',
      'class A {\n  get b() { return 1 }\n}\nfunction* c() {}',
      ['1: class A', '2:   get b()', '4: function* c()'],
    ],
    [
      'python',
      'class A(B):\n    """class No:"""\n    @property\n    def f(self, a: int) -> int:\n        def inner(): pass\n\nasync def g(): pass',
      ['1: class A(B)', '4:   def f(self, a: int) -> int', '7: async def g()'],
    ],
    [
      'go',
      'package a\n\ntype T struct {\n\tA int\n}\n\nfunc (t *T) F(a int) error {\n\treturn nil\n}',
      ['3: type T struct', '7: func (t *T) F(a int) error'],
    ],
    [
      'rust',
      'pub struct A { x: u8 }\nimpl<T> B for A {\n  fn new() -> Self { A { x: 1 } }\n}\nfn main() {}',
      ['1: pub struct A', '2: impl<T> B for A', '3:   fn new() -> Self', '5: fn main()'],
    ],
    [
      'java',
      'public class A extends B {\n  int x = 3;\n  A() {}\n  @Override\n  int f(int a) { return 1; }\n}',
      ['1: public class A extends B', '2:   int x = 3;', '3:   A()', '4:   @Override int f(int a)'],
    ],
  ])('in %s shows declarations with their lines', async (kind, text, expected) => {
    expect(await parts(kind, text)).toEqual(expected);
  });

  it('in another language shows lines that declare', async () => {
    const text = '# class No\nclass Foo\n  def bar\n    x = class_of(1)\n  end\nend';
    expect(await parts('code', text)).toEqual(['2: class Foo', '3:   def bar']);
  });

  it('without declarations shows the text', async () => {
    expect(await parts('python', 'print(1)\n')).toEqual(['1: print(1)']);
  });

  it('survives what ends its parser, and reads the next one', async () => {
    expect((await outline('java', 'a<'.repeat(150_000)))[0]).toBe('java, 1 line, 293.0 KB');
    expect((await outline('python', '"'.repeat(299_999)))[0]).toMatch(/^python, 1 line/);
    expect(await parts('java', 'class A {}')).toEqual(['1: class A']);
  });
});

describe('an outline of data', () => {
  it('in JSON shows keys and shapes', async () => {
    const value = { name: 'x', items: [{ id: 1 }, { id: 2 }], none: null, on: true, empty: [] };
    expect(await parts('json', JSON.stringify(value))).toEqual([
      'object of 5 keys',
      '  name: string "x"',
      '  items: array of 2 (object)',
      '    each like: object of 1 key',
      '      id: number 1',
      '  none: null',
      '  on: boolean true',
      '  empty: array of 0',
    ]);
  });

  it('in JSON lines shows the first', async () => {
    expect(await parts('json', '{"a":1}\n{"a":2}\n')).toEqual([
      '2 values, one a line, the first like:',
      'object of 1 key',
      '  a: number 1',
    ]);
  });

  it('in broken JSON shows the text', async () => {
    expect(await parts('json', '{"a":')).toEqual(['1: {"a":']);
  });

  it('in YAML shows three levels of keys, and no lines of a text', async () => {
    const text = '---\na: 1\nb:\n  c: |\n    x: y\n  d:\n    e:\n      f: 1\n# q: 1\n- g: 2\n';
    expect(await parts('yaml', text)).toEqual([
      '1: ---',
      '2: a: 1',
      '3: b:',
      '4:   c: |',
      '6:   d:',
      '7:     e:',
    ]);
  });

  it('in TOML shows tables and keys', async () => {
    const text = 'title = "x"\n[a.b]\nk = """\nz = 1\n"""\nm = [1]\n[[c]]\n';
    expect(await parts('toml', text)).toEqual([
      '1:   title = "x"',
      '2: [a.b]',
      '3:   k = """',
      '6:   m = [1]',
      '7: [[c]]',
    ]);
  });

  it('in CSV shows columns with their ranges', async () => {
    const many = Array.from({ length: 30 }, (_, n) => `${n},"name ""${n}""",${n % 2 ? 'yes' : 'no'},`);
    expect(await parts('csv', `id;x,name,"a, b",e\n${many.join('\n')}`)).toEqual([
      '30 rows, 4 columns',
      'id;x: number, 0 to 29',
      'name: text, more than 20 values, name "0" to name "9"',
      'a, b: no | yes',
      'e: empty',
    ]);
  });

  it('in a CSV of one column shows the text', async () => {
    expect(await parts('csv', 'a\nb')).toEqual(['1: a', '2: b']);
  });
});

describe('an outline of prose', () => {
  it('in Markdown shows headings outside of fences', async () => {
    const text = '# A\n```\n# no\n```\nB\n===\n\n- C\n---\n## D\n#no\n';
    expect(await parts('markdown', text)).toEqual(['1: # A', '5: # B', '10: ## D']);
  });

  it('in a log shows levels, times and the first errors', async () => {
    const text = [
      '2026-01-01T00:00:00Z INFO start',
      '2026-01-01T00:00:01Z ERROR boom',
      '2026-01-01T00:00:02Z warning hm',
    ].join('\n');
    expect((await parts('log', text)).slice(0, 4)).toEqual([
      'from 2026-01-01T00:00:00 to 2026-01-01T00:00:02',
      '1 ERROR, 1 WARN, 1 INFO',
      'first errors:',
      '2: 2026-01-01T00:00:01Z ERROR boom',
    ]);
  });

  it('in a text shows how it begins and ends', async () => {
    const text = Array.from({ length: 100 }, (_, n) => `line ${n + 1}`).join('\n');
    const shown = await outline('text', text);
    expect([shown[0], shown[1], shown[13], shown.at(-1), shown.length]).toEqual([
      'text, 100 lines, 791 bytes',
      '1: line 1',
      '… 83 lines …',
      '100: line 100',
      19,
    ]);
  });
});

describe('any outline', () => {
  const KINDS = ['json', 'yaml', 'toml', 'markdown', 'csv', 'log', 'text', 'code', 'typescript', 'rust'];
  const MEGABYTE = 1_000_000;
  it.each([
    ['brackets', '['],
    ['keys', '{"a":'],
    ['quotes', '"'],
    ['spaces', ' '],
    ['empty lines', '\n'],
    ['commas', ','],
    ['headings', '# a\n---\n'],
    ['blocks', 'a: |\n'],
    ['fences', '```\n~~~~\n'],
    ['one letter', 'a'],
    ['emoji', '👩‍👩‍👧'],
    ['functions', 'function a() { '],
  ])('of a megabyte of %s is short', async (_name, unit) => {
    const text = unit.repeat(Math.ceil(MEGABYTE / unit.length));
    for (const kind of KINDS) {
      const shown = await outline(kind, text);
      expect(shown.length).toBeLessThanOrEqual(82);
      expect(shown.every(line => line.length <= 200 && line.isWellFormed())).toBe(true);
    }
  });
});

describe('the kind of a text', () => {
  it.each([
    ['a.TS', null, '', 'typescript'],
    ['a.py', 'text/plain', '', 'python'],
    ['a.txt', 'application/ld+json; charset=utf-8', '', 'json'],
    ['data', 'text/x-rustsrc', '', 'rust'],
    ['constructor', 'text/constructor', 'a', 'text'],
    ['a.unknown', null, '{"a": 1}', 'json'],
    ['a.unknown', null, '{"a": 1', 'text'],
    ['untitled', null, '# A\n\n## B\n', 'markdown'],
    ['untitled', null, '2026-01-01 10:00:00 a\n'.repeat(6), 'log'],
    ['untitled', 'text/plain', '{"a": 1}', 'text'],
  ])('of %s as %s is found', (name, mime, text, kind) => {
    expect(kindOf(text, { name, mime })).toBe(kind);
  });
});
