/** Secrets that no vendor issued, built at run time from a fixed seed so that no scanner trips over this file. */
export function plantSecrets(): Planted[] {
  const random = seeded(20_240_601);
  const draw = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
  return [...vendorTokens(draw), ...webhooksAndUrls(draw), ...keysAndHeaders(draw), ...phrases(draw)];
}

/** `secret` is what must not survive in `text`; `kind` is what the marker must name. */
export type Planted = { readonly kind: string; readonly secret: string; readonly text: string };

/** Texts that must come back byte for byte. */
export const INNOCENT: readonly string[] = [
  '',
  'Deploys run on Tuesday; the runner had no disk space left, so we moved the cache to /var/tmp.',
  'Fixed in 3f786850e387550fdab836ed7e6dc881de23001b, see also 89e6c98.',
  'sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855',
  'The trace id is 0af7651916cd43dd8448eb211c80319c and the span 00f067aa0ba902b7.',
  'Order 123e4567-e89b-12d3-a456-426614174000 was refunded.',
  'mem_0198c0de5a7b7c3d8e9fa0b1c2d3e4f5 supersedes mem_0198c0de5a7b7c3d8e9fa0b1c2d3e4f6.',
  'batch: bat_0198c0de5a7b7c3d8e9fa0b1c2d3e4f5, run_0198c0de5a7b7c3d8e9fa0b1c2d3e4f5, blob_0198c0de5a7b7c3d8e9fa0b1c2d3e4f5',
  'token: ses_0198c0de5a7b7c3d8e9fa0b1c2d3e4f5',
  '"integrity": "sha512-v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXZNrsQ+LFTGHVxVjcXPs17LhbZVGedAJv8XZ1tvj5FvSg=="',
  'golang.org/x/text v0.3.7 h1:olpwvP2KacW1ZWvsR7uQhoyTYvKAupfQrRGBFM352Gk=',
  'SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDMLsnPjKVaSHbKP3k alice@laptop',
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl alice@laptop',
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'ipfs QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG is the readme',
  'https://docs.google.com/document/d/1aBcD3fGh1jKlMn0pQrStUvWxYz1234567890AbCdEfG/edit#heading=h.1x2y3z',
  'https://user@git.example.org/team/repo.git and https://example.org:8443/path?page=2&sort=asc',
  'git@github.com:mintmark/mintmark.git',
  `postgres://localhost:5432/app and postgres://app:${'$'}{DB_PASSWORD}@db/app`,
  'Set it as mysql://user:password@host/db in your shell.',
  'See /home/alice/Projects2024/AcmeWebApp/src/components/UserProfileEditorV2/index.test.tsx line 12.',
  '/var/lib/docker/overlay2/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855/merged',
  'C:\\Users\\Alice\\AppData\\Local\\Programs\\Microsoft VS Code\\bin',
  'AbstractSingletonProxyFactoryBeanConfigurationProperties2 extends XMLHttpRequestUploadEventTarget',
  'my-service-2024-01-02-deployment-production-eu-west-1-canary-3',
  'THIS_IS_A_VERY_LONG_CONSTANT_NAME_FOR_VERSION_2_OF_THE_API',
  'The password policy is strict: at least 12 characters, rotated every 90 days.',
  'The password is strict about length.',
  'The password is stored in 1Password, ask Bob.',
  'password: see the vault',
  'password: required',
  'The password was changed yesterday.',
  'Passwords are bcrypt-hashed with cost 12.',
  'The admin password is case-sensitive and 8-64 characters long.',
  'type Login = { user: string; password: string; token?: string };',
  'password: z.string().min(8),',
  'const password = process.env.DB_PASSWORD;',
  'const token = `n' + '${' + 'sha256(node).slice(0, 16)}0`;',
  'if (password === expected) return password.length;',
  'const token = await getToken(user);',
  `DB_PASSWORD=${'$'}{DB_PASSWORD:-}`,
  'PASSWORD=<your password here>',
  'password: ********',
  '"passwordLabel": "Enter your password"',
  'POSTGRES_PASSWORD_FILE=/run/secrets/postgres',
  'The token budget is 2000 and max_tokens: 4096.',
  'token count: 128000tokens; context_window=200k',
  'secret: see vault',
  'The secret to good tests is fast feedback.',
  'secretName: my-app-tls, secretKeyRef: { name: db, key: url }',
  'API keys are rotated on 2024-05-01T10:00:00Z by the platform team.',
  'The primary key is user_id, the foreign key: order_items.order_id.',
  'key: "value", sort_key = "created_at"',
  'Authorization is required; use the Authorization: Bearer <token> header.',
  'Bearer tokens expire after an hour; basic authentication is off.',
  'AKIAIOSFODNN7EXAMPLE is the sample in the AWS documentation.',
  'A key starts with -----BEGIN PRIVATE KEY----- and is base64.',
  '-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\nRTESMBAGA1UEChMJQmFsdGltb3JlMRMwEQYDVQQLEwpDeWJlclRydXN0MSIwIAYD\n-----END CERTIFICATE-----',
  'task-runner-with-a-name sk-learn disk-usage-report-2024 npm_config_registry xoxo',
  'GPIO pin is 13; spinning: 2000 rpm.',
  'Das Passwort ist geheim. Le mot de passe est obligatoire.',
  'Tous les jetons: 12. Die Schlüsselübergabe ist am 3. Mai.',
  'Kept as [redacted:github-token], not in the clear; password: [redacted:password].',
  'emoji 🎉 and ünïcödé stay: naïve café, 日本語のテキスト、Ελληνικά',
];

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';
const HEX = `${DIGITS}abcdef`;
const WORD = `${LOWER}${UPPER}${DIGITS}`;
const BASE64 = `${WORD}+/`;
const URLSAFE = `${WORD}-_`;

type Draw = (alphabet: string, length: number) => string;

/** Tokens with a shape of their own, each in a plain sentence: [kind, fragments of the token]. */
function vendorTokens(draw: Draw): Planted[] {
  const hex = (length: number) => draw(HEX, length);
  const word = (length: number) => draw(WORD, length);
  const url = (length: number) => draw(URLSAFE, length);
  const uuid = () => [8, 4, 4, 4, 12].map(hex).join('-');
  const tokens: [string, ...string[]][] = [
    ['aws-access-key-id', 'AK', 'IA', draw(UPPER, 16)],
    ['aws-access-key-id', 'AS', 'IA', draw(UPPER, 16)],
    ['gcp-api-key', 'AI', 'za', url(35)],
    ['google-oauth-secret', 'GOC', 'SPX-', word(28)],
    ['google-oauth-token', 'ya', '29.', url(80)],
    ['anthropic-key', 'sk-', 'ant-', 'api03-', url(93), 'AA'],
    ['openrouter-key', 'sk-', 'or-v1-', hex(64)],
    ['langfuse-key', 'sk-', 'lf-', uuid()],
    ['openai-key', 'sk', '-', word(20), 'T3Blbk', 'FJ', word(20)],
    ['openai-key', 'sk-', 'proj-', url(74), 'T3Blbk', 'FJ', url(74)],
    ['openai-key', 'sk-', 'svcacct-', url(60)],
    ['github-token', 'gh', 'p_', word(36)],
    ['github-token', 'gh', 'o_', word(36)],
    ['github-token', 'gh', 'u_', word(36)],
    ['github-token', 'gh', 's_', word(36)],
    ['github-token', 'gh', 'r_', word(36)],
    ['github-token', 'github', '_pat_', word(22), '_', word(59)],
    ['gitlab-token', 'gl', 'pat-', word(20)],
    ['gitlab-token', 'gl', 'rt-', word(20)],
    ['slack-token', 'xo', 'xb-', draw(DIGITS, 12), '-', draw(DIGITS, 12), '-', word(24)],
    ['slack-token', 'xa', 'pp-1-', draw(UPPER, 11), '-', draw(DIGITS, 13), '-', hex(64)],
    ['npm-token', 'np', 'm_', word(36)],
    ['pypi-token', 'py', 'pi-', 'AgEIcHlwaS5vcmc', url(120)],
    ['huggingface-token', 'h', 'f_', draw(LOWER + UPPER, 34)],
    ['sendgrid-key', 'S', 'G.', url(22), '.', url(43)],
    ['stripe-key', 'sk', '_live_', word(24)],
    ['stripe-key', 'rk', '_live_', word(24)],
    ['stripe-webhook-secret', 'wh', 'sec_', word(32)],
    ['shopify-token', 'sh', 'pat_', hex(32)],
    ['shopify-token', 'sh', 'pss_', hex(32)],
    ['digitalocean-token', 'do', 'p_v1_', hex(64)],
    ['databricks-token', 'da', 'pi', hex(32)],
    ['twilio-key', 'S', 'K', hex(32)],
    ['mailgun-key', 'ke', 'y-', hex(32)],
    ['mailchimp-key', hex(32), '-u', 's14'],
    ['brevo-key', 'xkey', 'sib-', hex(64), '-', word(16)],
    ['telegram-token', draw('123456789', 9), ':A', 'A', word(33)],
    ['discord-token', 'M', draw(WORD, 25), '.', word(6), '.', word(38)],
    ['azure-client-secret', 'abc', '8', 'Q~', word(34)],
    ['linear-key', 'lin', '_api_', word(40)],
    ['notion-token', 'nt', 'n_', word(46)],
    ['notion-token', 'sec', 'ret_', word(43)],
    ['doppler-token', 'dp.', 'pt.', word(43)],
    ['vault-token', 'hv', 's.', word(90)],
    ['grafana-token', 'gl', 'sa_', word(32), '_', hex(8)],
    ['sentry-token', 'sn', 'tryu_', hex(64)],
    ['newrelic-key', 'NR', 'AK-', draw(UPPER + DIGITS, 27)],
    ['supabase-key', 'sb', 'p_', hex(40)],
    ['planetscale-token', 'psc', 'ale_tkn_', word(43)],
    ['netlify-token', 'nf', 'p_', word(36)],
    ['terraform-token', word(14), '.atl', 'asv1.', word(67)],
    ['dynatrace-token', 'dt', '0c01.', draw(UPPER + DIGITS, 24), '.', draw(UPPER + DIGITS, 64)],
    ['airtable-token', 'pa', 't', word(14), '.', hex(64)],
    ['figma-token', 'fi', 'gd_', url(43)],
    ['postman-key', 'PM', 'AK-', hex(24), '-', hex(34)],
    ['hubspot-token', 'pa', 't-na1-', uuid()],
    ['docker-token', 'dck', 'r_pat_', word(27)],
    ['rubygems-key', 'ruby', 'gems_', hex(48)],
    ['atlassian-token', 'AT', 'ATT3', url(180)],
    ['replicate-token', 'r', '8_', word(37)],
    ['groq-key', 'gs', 'k_', word(52)],
    ['langsmith-key', 'ls', 'v2_pt_', hex(32), '_', hex(10)],
    ['1password-token', 'op', 's_ey', 'J', word(200)],
    ['tailscale-key', 'ts', 'key-auth-', word(17), '-', word(32)],
    ['age-key', 'AGE-SEC', 'RET-KEY-1', draw(UPPER + DIGITS, 58)],
    ['high-entropy', draw(WORD, 44)],
    ['high-entropy', draw(`${UPPER}234567`, 52)],
    ['high-entropy', draw(BASE64, 86), '=='],
  ];
  return tokens.map(([kind, ...fragments]) => {
    const secret = fragments.join('');
    return { kind, secret, text: `The deploy job uses ${secret} since Tuesday.` };
  });
}

function webhooksAndUrls(draw: Draw): Planted[] {
  const word = (length: number) => draw(WORD, length);
  const slack = `T${draw(UPPER, 8)}/B${draw(UPPER, 8)}/${word(24)}`;
  const discord = word(68);
  const signature = `${draw(WORD, 42)}%3D`;
  const accountKey = `${draw(BASE64, 86)}==`;
  const [http, db, mongo, redis, query, otp] = [10, 12, 14, 16, 32, 15].map(word);
  const totp = draw(`${UPPER}234567`, 32);
  return [
    planted('slack-webhook', slack, `Alerts go to https://hooks.slack.com/services/${slack}.`),
    planted(
      'discord-webhook',
      discord,
      `POST https://discord.com/api/webhooks/123456789012345678/${discord}`,
    ),
    planted('url-token', query, `git clone https://${query}:x-oauth-basic@github.com/acme/app.git`),
    planted('url-password', http, `git clone https://bot:${http}@git.example.org/team/repo.git`),
    planted('url-password', db, `DATABASE_URL=postgres://app:${db}@db.internal:5432/app`),
    planted('url-password', mongo, `mongodb+srv://app:${mongo}@cluster0.example.net/app?retryWrites=true`),
    planted('url-password', redis, `redis://:${redis}@cache:6379/0`),
    planted('signature', signature, `https://a.blob.core.windows.net/c/f?sv=2022-11-02&sig=${signature}`),
    planted(
      'azure-key',
      accountKey,
      `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${accountKey};E=1`,
    ),
    planted('query-secret', query, `GET https://api.example.org/v1/items?access_token=${query}&page=2`),
    planted('query-secret', totp, `otpauth://totp/Shop:alice?secret=${totp}&issuer=Shop`),
    planted('password', otp, `Server=db;User Id=sa;Password=${otp};Encrypt=true`),
  ];
}

function keysAndHeaders(draw: Draw): Planted[] {
  const lines = (count: number) => Array.from({ length: count }, () => draw(BASE64, 64));
  const pem = (type: string, body: string[], eol = '\n') =>
    [`-----BEGIN ${type}-----`, ...body, `-----END ${type}-----`].join(eol);
  const types = [
    'PRIVATE KEY',
    'RSA PRIVATE KEY',
    'EC PRIVATE KEY',
    'OPENSSH PRIVATE KEY',
    'ENCRYPTED PRIVATE KEY',
  ];
  const blocks = [...types, 'PGP PRIVATE KEY BLOCK'].map(type => pem(type, lines(6)));
  const body = lines(4);
  const account = JSON.stringify({ type: 'service_account', private_key: `${pem('PRIVATE KEY', body)}\n` });
  const jwt = `ey${'J'}${draw(URLSAFE, 33)}.ey${'J'}${draw(URLSAFE, 60)}.${draw(URLSAFE, 43)}`;
  const bearer = draw(WORD, 40);
  const basic = Buffer.from(`alice:${draw(WORD, 12)}`).toString('base64');
  const [aws, cookie, curl, bcrypt] = [draw(BASE64, 40), draw(WORD, 40), draw(WORD, 14), draw(WORD, 53)];
  const uuid = [8, 4, 4, 4, 12].map(length => draw(HEX, length)).join('-');
  return [
    ...blocks.map(block => planted('private-key', block.slice(40, -40), `Our key:\n${block}\nKeep it.`)),
    planted('private-key', body.join('\\n'), `gcp.json is ${account}`),
    planted('private-key', body.join('\n'), `Cut off: -----BEGIN RSA PRIVATE KEY-----\n${body.join('\n')}`),
    planted('jwt', jwt, `The session was ${jwt}, which has expired.`),
    planted('authorization', bearer, `curl -H "Authorization: Bearer ${bearer}" https://api.example.org`),
    planted('authorization', basic, `Authorization: Basic ${basic}`),
    planted('bearer-token', bearer, `It answers to bearer ${bearer} only.`),
    planted('cookie', cookie, `Cookie: session=${cookie}; theme=dark`),
    planted('basic-auth', curl, `curl -s -u alice:${curl} https://example.org/`),
    planted('aws-secret-key', aws, `aws_secret_access_key = ${aws}`),
    planted('aws-secret-key', aws, `AWS_SECRET_ACCESS_KEY="${aws}"`),
    planted('heroku-key', uuid, `HEROKU_API_KEY=${uuid}`),
    planted('cloudflare-token', bearer, `CLOUDFLARE_API_TOKEN=${bearer}`),
    planted('datadog-key', uuid.replaceAll('-', ''), `DD_API_KEY=${uuid.replaceAll('-', '')}`),
    planted('password-hash', bcrypt, `alice:$2y$10$${bcrypt}`),
    planted('netrc-password', curl, `machine api.example.org login alice password ${curl}`),
    planted('npm-token', bearer, `//registry.npmjs.org/:_authToken=${bearer}`),
  ];
}

/** Passwords and tokens known by the words before them: `§` is where the secret goes. */
function phrases(draw: Draw): Planted[] {
  const forms: [string, string[]][] = [
    ['password', PASSWORD_FORMS],
    ['secret', SECRET_FORMS],
  ];
  return [
    ...forms.flatMap(([kind, texts]) =>
      texts.map(form => {
        const secret = `${draw(LOWER, 5)}${draw(DIGITS, 3)}${draw(UPPER, 4)}`;
        return planted(kind, secret, form.replace('§', secret));
      }),
    ),
    planted('password', 'swordfish', 'The staging password is swordfish.'),
    planted('password', 'correct horse battery', 'password: "correct horse battery"'),
    planted('password', 'Tr0ub4dor&3', 'password is Tr0ub4dor&3, for now'),
    planted('password', '87654301', '{"user":"a","password": 87654301}'),
    planted('pin', '4711', 'The PIN is 4711.'),
    planted(
      'seed-phrase',
      'legal winner thank year wave sausage worth useful legal winner thank yellow',
      'Seed phrase: legal winner thank year wave sausage worth useful legal winner thank yellow',
    ),
  ];
}

function planted(kind: string, secret: string | undefined, text: string): Planted {
  return { kind, secret: secret ?? '', text };
}

const PASSWORD_FORMS =
  String.raw`The password is § and nobody else knows. ¦ The password for the staging database is §.
My password is now § until March ¦ password: § ¦ Password (prod): § ¦ PASSWORD=§
export DB_PASSWORD="§" ¦ POSTGRES_PASSWORD: § ¦ spring.datasource.password=§
{"user":"bob","password":"§","retry":true} ¦ {\"password\":\"§\"} ¦ const dbPassword = '§';
passwd=§ ./run.sh ¦ pwd: § ¦ passphrase -> § ¦ mysql --password § ¦ Das Passwort lautet §. ¦ Kennwort: §
Le mot de passe est §. ¦ mdp : § ¦ La contraseña es §. ¦ contrasena: § ¦ A senha é § ¦ Пароль: § ¦ 密码：§
パスワードは § です`.split(/ ¦ |\n/);

const SECRET_FORMS = `api_key=§ ¦ apiKey: "§" ¦ The API key is §. ¦ secret: § ¦ CLIENT_SECRET=§ ¦ token = "§"
My access token for the crawler is § ¦ auth_token: § ¦ 'x-api-key': '§' ¦ La clave es §`.split(/ ¦ |\n/);

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
