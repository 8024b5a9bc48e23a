import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/errors.js';
import { redact } from '../../src/text/redact.js';
import { lint, mayInterestLint } from '../../src/text/secrets-lint.js';
import { mark, mayHoldSecret } from '../../src/text/secrets-mark.js';
import { INNOCENT, plantSecrets } from '../support/secrets.js';
import { runs } from '../support/sweep.js';

const PLANTED = plantSecrets();

async function clean(text: string) {
  return (await redact(text, 'on')).value;
}

const first = (kind: string) => PLANTED.find(plant => plant.kind === kind) ?? expect.fail(kind);

describe('a planted secret', () => {
  it('comes in at least 60 kinds of text', () => {
    expect(PLANTED.length).toBeGreaterThanOrEqual(70);
    expect(new Set(PLANTED.map(plant => plant.kind)).size).toBeGreaterThanOrEqual(60);
    for (const { secret, text } of PLANTED) expect(secret !== '' && text.includes(secret), text).toBe(true);
  });

  it.each(PLANTED.map((plant, n) => ({ n, ...plant })))(
    '$n of kind $kind is replaced by its marker',
    async plant => {
      const { value, redactions } = await redact(plant.text, 'on');
      expect(value).not.toContain(plant.secret);
      expect(value).toContain(`[redacted:${plant.kind}]`);
      expect(redactions).toContainEqual({ path: '', kind: plant.kind, count: 1 });
      expect(JSON.stringify(redactions)).not.toContain(plant.secret);
    },
  );

  it('leaves the text around it byte for byte', async () => {
    const { secret, kind } = first('github-token');
    expect(await clean(`naïve \r\n\t${secret}, “ü” 🎉\n`)).toBe(`naïve \r\n\t[redacted:${kind}], “ü” 🎉\n`);
    const password = 'hunter2hunter';
    const url = `postgres://app:${password}@db:5432/app?sslmode=require`;
    expect(await clean(url)).toBe(url.replace(password, '[redacted:url-password]'));
    expect(await clean(`{"password":"${password}","n":1}`)).toBe('{"password":"[redacted:password]","n":1}');
  });

  it('is found inside all of its neighbours at once', async () => {
    const { value, redactions } = await redact(PLANTED.map(plant => plant.text).join('\n\n'), 'on');
    for (const { secret } of PLANTED) expect(value).not.toContain(secret);
    expect(redactions.length).toBeGreaterThan(55);
  });

  it('is found where a comment tells secretlint to look away', async () => {
    const { secret } = first('github-token');
    expect(await clean(`# secretlint-disable\n${secret}`)).not.toContain(secret);
  });
});

describe('an innocent text', () => {
  it.each(INNOCENT)('stays: %s', async text => {
    expect(await redact(text, 'on')).toEqual({ value: text, redactions: [] });
  });

  it('is not even looked at when it is plain prose', () => {
    expect(mayHoldSecret('Deploys run on Tuesday; the runner had no disk space left.')).toBe(false);
    expect(mayHoldSecret('The password policy is strict.')).toBe(true);
  });
});

describe('a second pass', () => {
  it('changes nothing in any text of the corpus', async () => {
    for (const { text } of PLANTED) {
      const once = await clean(text);
      expect(await redact(once, 'on')).toEqual({ value: once, redactions: [] });
    }
  });

  it('changes nothing in any mixture of secrets, words and punctuation', async () => {
    const piece = fc.oneof(
      fc.constantFrom(...PLANTED.map(plant => plant.secret)),
      fc.constantFrom(...PLANTED.map(plant => plant.text)),
      fc.constantFrom(
        'password',
        'token',
        'is',
        ':',
        '=',
        ' ',
        '"',
        "'",
        '\n',
        '@',
        '://',
        '[redacted:x]',
        ']',
        '-',
      ),
      fc.string({ maxLength: 12 }),
    );
    const mixture = fc.array(piece, { maxLength: 12 }).map(pieces => pieces.join(''));
    await fc.assert(
      fc.asyncProperty(mixture, async text => {
        const once = await clean(text);
        expect(await clean(once)).toBe(once);
      }),
      { numRuns: runs(500) },
    );
  });
});

describe('a JSON value', () => {
  const github = first('github-token');
  const aws = first('aws-access-key-id');

  it('names the path and kind of each place and keeps everything else', async () => {
    const value = {
      changes: [
        { kind: 'add', content: `use ${github.secret}` },
        { content: 'nothing', importance: 0.5 },
      ],
      'odd key': [null, true, 7, [`${aws.secret} and ${aws.secret}`]],
    };
    const clean = await redact(value, 'on');
    expect(clean.value).toEqual({
      changes: [
        { kind: 'add', content: 'use [redacted:github-token]' },
        { content: 'nothing', importance: 0.5 },
      ],
      'odd key': [null, true, 7, ['[redacted:aws-access-key-id] and [redacted:aws-access-key-id]']],
    });
    expect(clean.redactions).toEqual([
      { path: 'changes[0].content', kind: 'github-token', count: 1 },
      { path: '["odd key"][3][0]', kind: 'aws-access-key-id', count: 2 },
    ]);
  });

  it('loses a secret that is a key, and keeps both values when two keys become one', async () => {
    const other = PLANTED.find(plant => plant.kind === 'github-token' && plant !== github) ?? github;
    const clean = await redact({ env: { [github.secret]: 1, [other.secret]: 2 } }, 'on');
    expect(clean.value).toEqual({ env: { '[redacted:github-token]': 1, '[redacted:github-token]#2': 2 } });
    expect(clean.redactions.map(place => place.path)).toEqual([
      'env["[redacted:github-token]"]',
      'env["[redacted:github-token]#2"]',
    ]);
  });

  it('loses a string that is a secret only by the key it stands under', async () => {
    const value = {
      user: 'bob',
      dbPassword: 'swordfish',
      api_key: 'abc123def456',
      passwords: 3,
      token: 'see vault',
    };
    expect((await redact(value, 'on')).value).toEqual({
      ...value,
      dbPassword: '[redacted:password]',
      api_key: '[redacted:secret]',
    });
  });

  it('comes back itself when it holds no secret', async () => {
    const value = { a: [{ b: 'plain' }], at: new Date(0), bytes: new Uint8Array(2), none: undefined };
    expect((await redact(value, 'on')).value).toBe(value);
  });

  it('keeps a key named __proto__ a key', async () => {
    const { value } = await redact(JSON.parse(`{"__proto__":{"x":"${github.secret}"}}`), 'on');
    expect(JSON.stringify(value)).toBe('{"__proto__":{"x":"[redacted:github-token]"}}');
  });

  it('is refused when it is nested without end', async () => {
    let deep: unknown = 'x';
    for (let n = 0; n < 100_000; n++) deep = [deep];
    await expect(redact(deep, 'on')).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('the mode', () => {
  const { secret } = first('stripe-key');

  it('off changes nothing', async () => {
    const value = { password: secret };
    expect((await redact(value, 'off')).value).toBe(value);
  });

  it('reject names every place and kind, and no part of a secret', async () => {
    const refused = await redact({ a: ['x', secret], [secret]: 'password: hunter2hunter' }, 'reject').catch(
      e => e,
    );
    expect(refused).toBeInstanceOf(EngineError);
    expect(refused.code).toBe('invalid');
    expect(refused.message).toContain('a[1]: stripe-key');
    expect(refused.message).toContain('["[redacted:stripe-key]"]: password');
    expect(`${refused.message}${refused.hint}`).not.toContain(secret);
    expect(refused.message).not.toContain('hunter2');
  });

  it('reject lets an innocent value through', async () => {
    expect(await redact({ a: 'plain' }, 'reject')).toEqual({ value: { a: 'plain' }, redactions: [] });
  });
});

describe('secretlint', () => {
  const texts = PLANTED.filter(plant => ['slack-token', 'shopify-token', 'linear-key'].includes(plant.kind));

  it('finds its formats alone, wherever a comment forbids it, up to the end of the word', async () => {
    for (const { text } of texts) {
      const { kinds } = await lint(`# secretlint-disable\n${text}`);
      expect(kinds.size).toBe(1);
    }
    const token = first('url-token').secret;
    expect((await lint(`https://${token}:x-oauth-basic@github.com/`)).text).not.toContain(token.slice(-8));
  });

  it('has nothing left to find in the corpus after our own rules', () => {
    for (const { text } of PLANTED) expect(mayInterestLint(mark(text).text), text).toBe(false);
  });
});

describe('a hostile text of a megabyte', () => {
  const runs = [
    'a',
    'aB3',
    'password ',
    'password is ',
    'password=',
    'token:',
    'eyJ',
    'eyJaaaaaaaaaaaa.',
    'sk-',
    'SG.',
  ];
  const more = [
    '-----BEGIN PRIVATE KEY-----',
    '-----BEGIN PRIVATE KEY-----\nA-',
    'https://a:',
    '://',
    'aws key ',
    'xoxb-',
  ];
  const last = [
    'password for a ',
    '"',
    "password='",
    '-',
    'A/',
    'curl -u ',
    'a b c d ',
    'seed phrase is abc ',
    '\\n',
    '§ü',
  ];

  it.each([...runs, ...more, ...last])('made of %j is read to its end', unit => {
    const text = unit.repeat(Math.ceil(1e6 / unit.length));
    expect(mark(text).text.length).toBeGreaterThan(0);
  });
});
