import { looksMixed, looksRandom, notExample } from './secrets-judge.js';

/** One kind of secret. The pattern is global and linear; the start of a match named `keep` stays, a match named
 * `skip` is left whole, and `accept` has the last word on what would be replaced. */
export type SecretRule = {
  readonly kind: string;
  readonly pattern: RegExp;
  readonly accept?: (secret: string) => boolean;
};

/** Tokens known by their own shape. Repetition is open-ended, so a token with a longer tail goes as a whole. */
export const TOKEN_RULES: readonly SecretRule[] = [
  {
    kind: 'jwt',
    pattern: /(?<![\w-])eyJ[\w-]{10,}\.[\w-]{4,}(?:\.[\w-]*){0,3}/g,
  },
  ...shapes({
    'aws-access-key-id':
      '(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA)[A-Z0-9]{16}(?![A-Za-z0-9])',
    'gcp-api-key': String.raw`AIza[\w-]{35,}`,
    'google-oauth-secret': String.raw`GOCSPX-[\w-]{20,}`,
    'google-oauth-token': String.raw`ya29\.[\w-]{20,}|1//0[\w-]{30,}`,
    'mintmark-token': String.raw`mintmark_[\w-]{43,}`,
    'anthropic-key': String.raw`sk-ant-[\w-]{20,}`,
    'openrouter-key': 'sk-or-v1-[0-9a-f]{32,}',
    'langfuse-key': 'sk-lf-[0-9a-f-]{36}',
    'openai-key': String.raw`sk-(?:proj|svcacct|admin|None)-[\w-]{20,}|sk-[A-Za-z0-9]{20,}`,
    'github-token': String.raw`gh[pousr]_[A-Za-z0-9_]{30,}|github_pat_\w{30,}`,
    'gitlab-token': String.raw`gl(?:pat|dt|ptt|rt|cbt|agent|soat|imt|ft|oas|ffct|wt)-[\w.-]{18,}\w|GR1348941[\w-]{20,}`,
    'slack-token': String.raw`xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}|xapp-(?:\d-)?[A-Za-z0-9-]{10,}`,
    'npm-token': 'npm_[A-Za-z0-9_]{36,}',
    'pypi-token': String.raw`pypi-[\w-]{40,}`,
    'huggingface-token': '(?:hf_|api_org_)[A-Za-z0-9]{30,}',
    'sendgrid-key': String.raw`SG\.[\w-]{16,64}\.[\w-]{16,128}`,
    'stripe-key': '(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10,}',
    'stripe-webhook-secret': 'whsec_[A-Za-z0-9+/=]{24,}',
    'shopify-token': 'shp(?:at|ca|pa|ss|ua|rt)_[A-Za-z0-9]{32,}',
    'digitalocean-token': 'do[opr]_v1_[0-9a-f]{64}',
    'databricks-token': String.raw`dapi[0-9a-f]{32}(?:-\d)?`,
    'twilio-key': 'SK[0-9a-f]{32}(?![A-Za-z0-9])',
    'mailgun-key': '(?:key-[0-9a-f]{32}|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8})(?![A-Za-z0-9])',
    'mailchimp-key': String.raw`[0-9a-f]{32}-us\d{1,2}(?![A-Za-z0-9])`,
    'brevo-key': 'xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}',
    'resend-key': 're_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}',
    'telegram-token': String.raw`\d{8,10}:AA[\w-]{33}(?![\w-])`,
    'discord-token': String.raw`[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}`,
    'azure-client-secret': String.raw`[\w~.-]{3}8Q~[\w~.-]{31,34}(?![\w~.-])`,
    'linear-key': 'lin_(?:api|oauth)_[A-Za-z0-9_]{32,}',
    'notion-token': '(?:ntn|secret)_[A-Za-z0-9]{40,}',
    'doppler-token': String.raw`dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]{2,35}\.)?[A-Za-z0-9]{40,}`,
    'vault-token': String.raw`hv[sbr]\.[\w-]{20,}`,
    'grafana-token': 'glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/=]{32,}',
    'sentry-token': 'sntry[su]_[A-Za-z0-9+/=_-]{40,}',
    'newrelic-key': 'NR(?:AK|JS|II|IQ|RA|BR)-[A-Za-z0-9-]{19,}|[0-9a-f]{36}NRAL',
    'supabase-key': String.raw`sbp_[0-9a-f]{40}|sb_secret_[\w-]{20,}`,
    'planetscale-token': String.raw`pscale_(?:tkn|pw|oauth)_[\w.-]{31,}\w`,
    'fly-token': String.raw`fo1_[\w-]{43}|fm[12][a-z]?_[\w+/=-]{50,}`,
    'netlify-token': 'nfp_[A-Za-z0-9]{36,}',
    'render-key': 'rnd_[A-Za-z0-9]{24,}',
    'terraform-token': String.raw`[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,}`,
    'pulumi-token': 'pul-[0-9a-f]{40}',
    'dynatrace-token': String.raw`dt0[a-z]\d{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}`,
    'airtable-token': String.raw`pat[A-Za-z0-9]{14}\.[0-9a-f]{64}`,
    'asana-token': String.raw`\d/\d{16,19}:[0-9a-f]{32}`,
    'figma-token': String.raw`figd_[\w-]{40,}`,
    'postman-key': 'PMAK-[0-9a-f]{24}-[0-9a-f]{34}',
    'hubspot-token': String.raw`pat-(?:na|eu|ap)\d-[0-9a-f-]{36}`,
    'square-token': String.raw`sq0(?:atp|csp)-[\w-]{22,}|EAAA[\w-]{60}`,
    'docker-token': String.raw`dckr_(?:pat|oat)_[\w-]{27,}`,
    'rubygems-key': 'rubygems_[0-9a-f]{48}',
    'crates-token': 'cio[A-Za-z0-9]{32}(?![A-Za-z0-9])',
    'nuget-key': 'oy2[a-z0-9]{43}(?![A-Za-z0-9])',
    'atlassian-token': String.raw`AT(?:ATT|CTT)3[\w=-]{60,}|ATBB[A-Za-z0-9]{24,}`,
    'sonar-token': 'sq[upa]_[0-9a-f]{40}',
    'replicate-token': 'r8_[A-Za-z0-9]{37}',
    'groq-key': 'gsk_[A-Za-z0-9]{40,}',
    'xai-key': 'xai-[A-Za-z0-9]{60,}',
    'perplexity-key': 'pplx-[A-Za-z0-9]{40,}',
    'langsmith-key': 'lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}',
    'pinecone-key': String.raw`pcsk_\w{50,}`,
    '1password-token': String.raw`ops_eyJ[\w+/=-]{50,}`,
    'tailscale-key': String.raw`tskey-[a-z]{2,12}-[\w-]{20,}`,
    'age-key': 'AGE-SECRET-KEY-1[A-Z0-9]{58}',
    'cloudflare-origin-key': String.raw`v1\.0-[0-9a-f]{24}-[0-9a-f]{146}`,
    'heroku-key': String.raw`HRKU-[\w-]{36,}`,
    'wallet-key': '[xyzt]prv[A-Za-z0-9]{107,108}',
  }),
  {
    kind: 'slack-webhook',
    pattern: /(?<keep>hooks\.slack\.com\/(?:services|workflows|triggers)\/)[A-Za-z0-9+/]{20,}/gi,
  },
  {
    kind: 'discord-webhook',
    pattern: /(?<keep>discord(?:app)?\.com\/api\/(?:v\d{1,2}\/)?webhooks\/\d{10,20}\/)[\w-]{40,}/gi,
  },
  {
    kind: 'teams-webhook',
    pattern: /(?<keep>webhook\.office\.com\/webhookb2\/)[\w@/-]{60,}/gi,
  },
  {
    kind: 'password-hash',
    pattern: /\$(?:2[abxy]|apr1|argon2(?:id|i|d)|scrypt|[156y])\$[\w./$,=+-]{20,}/g,
  },
];

/** Long random runs that no rule names. Fingerprints, integrity hashes, URLs, data URIs and public PEM are skipped. */
export const ENTROPY_RULE: SecretRule = {
  kind: 'high-entropy',
  pattern:
    /(?<skip>\b(?:sha\d{1,3}|md5|h1)[-:=][\w+/=]{16,}|:\/\/[^\s"'<>]+|\bdata:[\w/+.-]{1,80};base64,[\w+/=]+|-----BEGIN (?:[A-Z0-9 ]{0,30}CERTIFICATE|[A-Z0-9 ]{0,30}PUBLIC KEY|PGP [A-Z ]{1,30})(?: BLOCK)?-----[^-]*)|[\w+/-]{32,}={0,2}/gi,
  accept: looksRandom,
};

/** Private keys of every kind, PEM and PGP, with `\n` as a line end or as two characters; without END, as far as it looks
 * like base64. */
export const PEM_RULE: SecretRule = {
  kind: 'private-key',
  pattern:
    /-----BEGIN ?[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]*(?:-(?!----)[^-]*)*-----END ?[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|(?:(?:\s|\\[nr])*[\w-]{1,40}: [^\n\\]{0,200}(?=\n|\\n)){0,6}(?:(?:\s|\\[nr])+[A-Za-z0-9+/=]{16,})+(?:(?:\s|\\[nr])+[A-Za-z0-9+/=]{1,15}$)?)/g,
};

function shapes(table: Record<string, string>): SecretRule[] {
  return Object.entries(table).map(([kind, source]) => ({
    kind,
    pattern: new RegExp(`(?<![A-Za-z0-9])(?:${source})`, 'g'),
    accept: source.includes('sk-[A-Za-z0-9]') ? looksMixed : notExample,
  }));
}
