// What a candidate found by a pattern must look like to be taken for a secret.

/** Not one of the vendors' documented sample values. */
export function notExample(secret: string): boolean {
  return !/EXAMPLE/.test(secret);
}

/** The password of a URL: anything but a name for it or a reference to it. */
export function notPlaceholder(secret: string): boolean {
  return !isPlaceholder(secret);
}

/** What may stand behind `password:` or `password is`: anything but a placeholder, code, a type or a common remark. */
export function plausiblePassword(secret: string): boolean {
  if (secret.length < 3 || isPlaceholder(secret) || isCode(secret)) return false;
  if (/^\p{L}+$/u.test(secret)) return !REMARK.test(secret) && !REMARK_ENDING.test(secret);
  return !/\s/.test(secret) || !/\b(?:pass|enter|your|please|choose|must|invalid|required)/i.test(secret);
}

/** As `plausiblePassword`, for the middle of a sentence: more than letters, and not a measure or an adjective. */
export function plausibleInProse(secret: string): boolean {
  if (!/[\d!#$%&*+=?@^_~\\|]|[a-z][A-Z]/.test(secret) || !plausiblePassword(secret)) return false;
  if (/^\d{6,}$/.test(secret)) return true;
  if (/^[\d.,-]{1,5}$/.test(secret) || MEASURE.test(secret)) return false;
  return !/(?:encoded|hashed|encrypted|protected|based|only)$/i.test(secret) && !ALGORITHM.test(secret);
}

/** What may stand behind `token:`, `secret =` or `api key is`: eight or more characters that no word or number has. */
export function looksMixed(secret: string): boolean {
  if (secret.length < 8 || isPlaceholder(secret) || isCode(secret) || isOwnId(secret)) return false;
  if (MEASURE.test(secret) || ALGORITHM.test(secret) || DATE_OR_PATH.test(secret)) return false;
  if (/^(?:\p{L}+|\d+)(?:[-_.:/](?:\p{L}+|\d+))+$/u.test(secret)) return false;
  if (/\d/.test(secret) && /\p{L}/u.test(secret)) return !/^0x[0-9a-f]{40}$/i.test(secret);
  return /^[A-Z2-7]{16,}$/.test(secret) || (secret.length >= 20 && transitions(secret) > secret.length * 0.3);
}

/** `ENV_SECRET=value`: any value that is not visibly a reference to one. */
export function plausibleValue(secret: string): boolean {
  return secret.length >= 6 && plausiblePassword(secret) && !isOwnId(secret) && !DATE_OR_PATH.test(secret);
}

/** The base64 of `user:password`, as HTTP Basic sends it. */
export function isBasicCredential(secret: string): boolean {
  return /^[\x20-\x7e]{1,64}:[\x20-\x7e]+$/.test(Buffer.from(secret, 'base64').toString('latin1'));
}

/** Base64 of 40 characters that is neither a hash in hex nor the documented sample. */
export function looksLikeAwsSecret(secret: string): boolean {
  return notExample(secret) && /[a-z]/.test(secret) && /[A-Z]/.test(secret) && entropy(secret) > 4;
}

/** A long run that only a random generator writes. Ids, hex, words and paths inside it do not count. */
export function looksRandom(run: string): boolean {
  if (isOwnId(run) || PUBLIC_BASE64.test(run)) return false;
  const rest = run.replace(/(?<![0-9a-f])[0-9a-f]{8,}(?![0-9a-f])|[0-9A-F]{8,}/g, '').replace(/=+$/, '');
  if (rest.length < 32 || entropy(rest) < 3.8) return false;
  const mixed = /[a-z]/.test(rest) && /[A-Z]/.test(rest) && /\d/.test(rest);
  if (mixed) return transitions(rest) > rest.length * 0.35;
  return !rest.includes('/') && rest.split(/[-_+=]/).some(part => isRandomSingleCase(part));
}

const MEASURE = /^[~<>]?\d[\d.,_:-]*[\p{L}%]{0,10}$/u;
const ALGORITHM = /^(?:sha|md|bcrypt|scrypt|argon|base|pbkdf|aes|utf|oauth|hmac|rs|hs|es)[-_]?\d+(?:-\w+)?$/i;
const DATE_OR_PATH = /^(?:\d{4}-\d\d-\d\d|v?\d+\.\d+|~?\.{0,2}\/|[\w.-]+(?:\/[\w.-]+)*\.[a-z]{1,5}$)/i;
const OWN_ID = /^(?:mem|bat|med|run|epi|ses|msg|sum|blob|evt|pack)_[0-9a-f]{32}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const PLACEHOLDER =
  /^(?:\*+|x{3,}|\.{3,}|…|<.*|.*\$\{.*|\$\(.*|\$[A-Z_][A-Z0-9_]*|\{\{?.*|%\w+%|%[sd@].*|\[redacted:[a-z0-9-]+\]?|(?:your|my|the|some|new|old|db|user)?[-_ ]?(?:password|passwd|pass|passphrase|pwd|token|secret|key|api[-_]?key|secret[-_]?key)(?:[-_ ]?here)?|your[-_ ].*|example.*)$/i;
const CODE =
  /^(?:[A-Za-z_$][\w$]*(?:(?:\?\.|\.|::|->)[A-Za-z_$][\w$]*)+;?|[A-Za-z_$][\w$.?]*(?:\(.*|\[.*)|&?[A-Za-z_$]*(?:pass|token|secret|key|pwd)[A-Za-z_$]*|new|await|vault:.*|op:\/\/.*|env:.*|file:.*|arn:.*)$/i;
const REMARK =
  /^(?:see|in|is|the|a|an|not|no|yes|now|set|unset|null|none|nil|undefined|true|false|todo|tbd|string|number|boolean|bool|buffer|bytes|text|varchar|str|int|any|unknown|void|object|char|hidden|secret|same|strict|strong|weak|safe|unsafe|secure|insecure|short|long|too|wrong|right|correct|incorrect|valid|invalid|empty|blank|missing|unknown|known|public|private|random|unique|new|old|ok|okay|fine|good|bad|done|there|here|lost|kept|sent|never|always|only|still|also|optional|mandatory|field|input|prompt|auth|manager|policy|rotation|reset|change|login|hash|salt|vault|keychain|keyring|yours|mine|ours|case|plain|plaintext|cleartext|geheim|sicher|falsch|richtig|neu|alt|leer|obligatoire|incorrecto|seguro|incorrecta|segura|correcta|nuevo|nueva)$/i;
const REMARK_ENDING =
  /(?:ed|ing|able|ible|ory|ional|ant|ent|ive|less|ful|sensitive|lich|iert|ert|ada|ado|ida|ido)$/i;
/** Public keys, images, archives and addresses by content: base64 and base58 that is random but no secret. */
const PUBLIC_BASE64 =
  /^(?:AAAA(?:B3NzaC1|C3NzaC1|E2VjZHNh|G)|iVBORw0KGgo|\/9j\/|R0lGOD|UklGR|PHN2Zy|JVBERi0|UEsDB|Qm[1-9A-HJ-NP-Za-km-z]{44}$|baf[a-z2-7]{56}$|bc1[a-z0-9]{39,59}$)/;

function isPlaceholder(secret: string): boolean {
  return PLACEHOLDER.test(secret);
}

function isCode(secret: string): boolean {
  return CODE.test(secret);
}

function isOwnId(secret: string): boolean {
  return OWN_ID.test(secret) || UUID.test(secret);
}

/** A run of letters of one case and digits: base32 and base36, not hex. */
function isRandomSingleCase(part: string): boolean {
  return (
    part.length >= 32 && /\d/.test(part) && entropy(part) > 3.8 && transitions(part) > part.length * 0.22
  );
}

/** How often neighbours differ in class (lower, upper, digit): 62 % in random base62, a quarter at most in names. */
function transitions(text: string): number {
  let count = 0;
  let before = 0;
  for (let i = 0; i < text.length; i++) {
    const now = charClass(text.charCodeAt(i));
    if (before !== 0 && now !== 0 && now !== before) count++;
    before = now;
  }
  return count;
}

function charClass(code: number): number {
  if (code >= 97 && code <= 122) return 1;
  if (code >= 65 && code <= 90) return 2;
  return code >= 48 && code <= 57 ? 3 : 0;
}

/** Shannon entropy in bits a character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
