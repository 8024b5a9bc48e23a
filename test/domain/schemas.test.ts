import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { schemaFiles } from '../../scripts/schemas.js';
import { validator } from '../support/schemas.js';

test('the schemas in the package are those of the nouns', () => {
  const stored = new Map(readdirSync('schemas').map(name => [name, readFileSync(`schemas/${name}`, 'utf8')]));
  expect(stored, 'run npm run update').toEqual(schemaFiles());
});

test('every schema is valid JSON Schema 2020-12 by itself', () => {
  for (const name of schemaFiles().keys()) expect(() => validator(name.replace('.json', ''))).not.toThrow();
});

const line = {
  stream: 'memory',
  sequence: 1,
  type: 'NOTE',
  at: 0,
  body_hash: 'a'.repeat(64),
  previous_hash: 'b'.repeat(64),
  hash: 'c'.repeat(64),
  salt: null,
  body: null,
};

test.each([
  ['a sound line', line, true],
  ['a body', { ...line, salt: 's', body: { any: ['thing'] } }, true],
  ['a body that is no object', { ...line, body: 'text' }, false],
  ['a sequence of 0', { ...line, sequence: 0 }, false],
  ['a hash in capitals', { ...line, hash: 'A'.repeat(64) }, false],
  ['a field nobody knows', { ...line, extra: 1 }, false],
  ['a missing salt', { ...line, salt: undefined }, false],
])('the schema of ledger lines judges %s', (_name, value, valid) => {
  expect(validator('ledger-line')(JSON.parse(JSON.stringify(value))) === undefined).toBe(valid);
});
