/** What the models that an operator may configure have in common; each option adds its description. */
export const MODEL_NAME = {
  kind: 'text',
  default: undefined,
  defaultText: 'none',
  pattern: /^\S{1,200}$/,
  form: 'a name of at most 200 characters without spaces',
} as const;

export const API_KEY = {
  kind: 'text',
  default: undefined,
  defaultText: 'none',
  pattern: /^[\x21-\x7e]{1,1000}$/,
  form: 'at most 1,000 printable ASCII characters',
  hidden: true,
  description: 'The key to it; as a variable, since flags are seen by other users.',
} as const;
