import type { SecretRule } from './secrets.js';
import {
  isBasicCredential,
  looksLikeAwsSecret,
  looksMixed,
  notPlaceholder,
  plausibleInProse,
  plausiblePassword,
  plausibleValue,
} from './secrets-judge.js';

/** A text without any of these holds no secret that is known by the words around it. */
export const SECRET_WORDS =
  /pass(?:[wcp]|e\b|\W{0,4}[:=])|pwd|\bpw\b|\bpin\b|kennwort|mdp|contrase|clave|senha|wachtwoord|lösenord|hasło|парол|密码|密碼|パスワード|비밀번호|secret|token|credential|bearer|basic |authoriz|cookie|\bkey\b|[a-z_-]key\b|_key|schlüssel|clé|seed|mnemonic|recovery|aws|heroku|cloudflare|datadog|[?&]sig=|:\/\/[^\s/]{0,256}@|curl /i;

const PASSWORD = String.raw`(?:pass(?:word|wort|wd|phrase|code)|pwd|\bpw|kennwort|mots? de passe|\bmdp|contrase(?:ñ|n)a|\bsenha|wachtwoord|lösenord|hasło|пароль|密码|密碼|パスワード|비밀번호)(?:_?\d{1,2}|s)?(?:\s?\([^()\n]{1,40}\))?`;
const SECRET = String.raw`(?:(?:api|access|auth|secret|private|encryption|signing|master|license|account|service|deploy|storage|admin|app)[-_ ]?keys?(?:[-_ ]?id)?|token|secret|credentials?|\bpass|schlüssel|\bclave|\bclé(?: api| secrète)?)`;
const FOR = String.raw`(?:\s(?:for|of|to|on|at|für|von|pour|de|du|para|del)(?:\s[^\s:=]{1,40}){1,5}?)?`;
const ASSIGN = String.raw`\\{0,3}["'\x60]?\s{0,4}(?::=|=>|->|[:=：])(?!=)\s{0,4}`;
const IS = String.raw`${FOR}(?:\s{1,3}(?:is|was|are|ist|lautet|war|est|es|era|é|è)(?: (?:now|still|currently|jetzt|ahora))?(?::|\s)\s{0,3}|\s?(?:是|は|는)\s?)`;
const QUOTED = String.raw`(?<q>\\{0,3}["'\x60]))(?:(?!\k<q>)[^\r\n]){1,256}(?=\k<q>)`;
const BARE = String.raw`)(?![\s"'\x60\\])(?:\S{3,1024}?(?=[;,&|]\s?\w[\w .-]{0,30}=|[.,;:!?)\]}"'\x60>\\]{0,4}(?:\s|$))|\S{1024,})`;
const LAST_WORD = String.raw`)[A-Za-z\u00c0-\u1fff\u3040-\ud7ff]{4,64}(?=[ \t]{0,3}(?:[.,;!?]{1,3}(?:\s|$)|[()\]}"'|\r\n]|$))`;

/** Secrets known by the words before them. Order matters: the first rule to match names the kind. */
export const PHRASE_RULES: readonly SecretRule[] = [
  {
    kind: 'url-token',
    pattern: /(?<keep>:\/\/)[^\s:@/"'<>[]{8,256}(?=:(?:x-oauth-basic)?@)/gi,
    accept: looksMixed,
  },
  {
    kind: 'url-password',
    pattern:
      /(?<keep>[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/"'<>[]{0,128}:)(?!x-oauth-basic@)[^\s/"<>]{1,256}(?=@)/gi,
    accept: notPlaceholder,
  },
  {
    kind: 'aws-secret-key',
    pattern: /(?<keep>(?:aws|secret.?access.?key)[^\n]{0,40}?["'\s:=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/gi,
    accept: looksLikeAwsSecret,
  },
  {
    kind: 'azure-key',
    pattern: /(?<keep>(?:AccountKey|SharedAccessKey|SharedSecret)=)[A-Za-z0-9+/=]{20,}/gi,
  },
  {
    kind: 'heroku-key',
    pattern: /(?<keep>heroku[^\n]{0,40}?["'\s:=])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi,
  },
  {
    kind: 'cloudflare-token',
    pattern: /(?<keep>cloudflare[^\n]{0,40}?["'\s:=])[\w-]{37,45}(?![\w-])/gi,
    accept: looksMixed,
  },
  {
    kind: 'datadog-key',
    pattern: /(?<keep>(?:datadog|dd)[-_ ](?:api|app)[^\n]{0,30}?["'\s:=])[0-9a-f]{32,40}(?![\w-])/gi,
  },
  {
    kind: 'signature',
    pattern: /(?<keep>[?&](?:sig|signature|X-Amz-Signature|X-Goog-Signature)=)[\w%+/=.-]{24,1024}/gi,
  },
  {
    kind: 'query-secret',
    pattern:
      /(?<keep>[?&](?:[\w-]{0,30}(?:token|secret|api_?key|password|passwd|pwd)|key|auth)=)[^&\s#"'<>)]{4,2048}/gi,
    accept: looksMixed,
  },
  {
    kind: 'npm-token',
    pattern: /(?<keep>_(?:auth|authToken|password)\s?=\s?)[^\s$"']{6,2048}/gi,
  },
  {
    kind: 'authorization',
    pattern:
      /(?<keep>\bauthorization\\?["']?\s{0,3}[:=]\s{0,3}\\?["']?(?:(?:basic|bearer|token|digest|apikey|bot)\s{1,3})?)[^\s"',;\\]{6,4096}/gi,
    accept: looksMixed,
  },
  {
    kind: 'bearer-token',
    pattern: /(?<keep>\bbearer\s{1,3})[\w.~+/=-]{16,4096}/gi,
    accept: looksMixed,
  },
  {
    kind: 'basic-auth',
    pattern: /(?<keep>\bbasic\s{1,3})[A-Za-z0-9+/]{8,1024}={0,2}/gi,
    accept: isBasicCredential,
  },
  {
    kind: 'basic-auth',
    pattern: /(?<keep>\bcurl\b[^\n]{0,300}?\s(?:-u|--user)[ =]?["']?[^\s:"']{1,64}:)[^\s"']{3,200}/gi,
    accept: plausiblePassword,
  },
  {
    kind: 'cookie',
    pattern: /(?<keep>\bcookie\\?["']?:\s{0,3}\\?["']?[\w.-]{1,64}=)[^\s;"',\\]{8,4096}/gi,
    accept: looksMixed,
  },
  {
    kind: 'netrc-password',
    pattern:
      /(?<keep>\bmachine\s{1,3}\S{1,128}\s{1,9}login\s{1,3}\S{1,128}\s{1,9}password\s{1,3})\S{3,256}/gi,
  },
  {
    kind: 'password',
    pattern: /(?<keep>\s--?(?:password|passwd|pass|pw)\s{1,2})["']?[^\s"']{4,256}/gi,
    accept: plausibleInProse,
  },
  {
    kind: 'token',
    pattern: /(?<keep>\s--?(?:[a-z]{1,12}-)?(?:token|secret|key)\s{1,2})["']?[^\s"']{8,512}/gi,
    accept: looksMixed,
  },
  {
    kind: 'pin',
    pattern:
      /(?<keep>\bpin(?:[ -]?(?:code|number))?\s{0,3}(?:[:=]|is|was|ist|lautet|est|es)\s{0,3})\d{4,8}(?![\w.,-]\d|\w)/gi,
  },
  {
    kind: 'seed-phrase',
    pattern:
      /(?<keep>(?:seed|mnemonic|recovery|passphrase|secret)(?: phrase| words| key)?\s{0,3}(?:[:=]|is|was)\s{0,3}["']?)[a-z]{3,8}(?: [a-z]{3,8}){11,23}/gi,
  },
  ...keyworded('password', PASSWORD, plausiblePassword),
  { kind: 'password', pattern: phrase(`${PASSWORD}=`, BARE), accept: plausiblePassword },
  { kind: 'password', pattern: phrase(`${PASSWORD}(?:${ASSIGN}|${IS})`, BARE), accept: plausibleInProse },
  {
    kind: 'password',
    pattern: phrase(`${PASSWORD}(?:${ASSIGN}|${IS})`, LAST_WORD),
    accept: plausiblePassword,
  },
  ...keyworded('secret', SECRET, looksMixed),
  {
    kind: 'secret',
    pattern: /(?<keep>(?:SECRET|TOKEN|API_?KEY|CREDENTIALS)(?:_KEY)?=)[^\s"'`;&]{6,1024}/g,
    accept: plausibleValue,
  },
  { kind: 'secret', pattern: phrase(`${SECRET}(?:${ASSIGN}|${IS})`, BARE), accept: looksMixed },
];

/** The kind a value has for standing under this key of a JSON object, where it looks like one; else undefined. */
export function kindUnderKey(key: string, value: string): string | undefined {
  if (PASSWORD_KEY.test(key)) return plausiblePassword(value) ? 'password' : undefined;
  return SECRET_KEY.test(key) && looksMixed(value) ? 'secret' : undefined;
}

const PASSWORD_KEY = /(?:pass(?:word|wd|phrase|wort)|pwd|kennwort|contraseña|mot_?de_?passe)\d?$/i;
const SECRET_KEY =
  /(?:secret|api[-_]?key|(?:access|auth|refresh|bearer|bot|session|id)[-_]?token|^token|(?:secret|private|access|encryption|signing)[-_]?key|authorization|credentials?)$/i;

function keyworded(kind: string, words: string, accept: (secret: string) => boolean): SecretRule[] {
  return [{ kind, pattern: phrase(`${words}(?:${ASSIGN}|${IS})`, QUOTED), accept }];
}

/** Without the `u` flag, which makes case-insensitive matching fifteen times slower. */
function phrase(before: string, after: string): RegExp {
  return new RegExp(`(?<keep>${before}${after}`, 'gi');
}
