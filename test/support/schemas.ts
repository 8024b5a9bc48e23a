import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** What is wrong with a value by one of the shipped schemas, judged by another program than ours; undefined when nothing is. */
export function validator(name: string): Validator {
  const known = validators.get(name) ?? compile(name);
  validators.set(name, known);
  return known;
}

type Validator = (value: unknown) => string | undefined;

const validators = new Map<string, Validator>();

function compile(name: string): Validator {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(JSON.parse(readFileSync(`schemas/${name}.json`, 'utf8')));
  return value => (validate(value) ? undefined : ajv.errorsText(validate.errors));
}
