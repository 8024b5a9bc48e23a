import * as z from 'zod';
import { type Grant, PERMISSIONS } from '../access/tokens.js';
import type { Engine } from '../engine.js';
import { EngineError } from '../errors.js';
import { DAY, timeArgument } from '../text/time.js';
import { type Command, type Given, print } from './command.js';

const Flags = z.object({
  scopes: z.string().default('read,write'),
  expires: z.string().default('90d'),
  label: z.string().max(200).default(''),
});

/** Access over HTTP. The namespace and the home scope of a token are those of --namespace and --scope. */
export const token: Command = {
  name: 'token',
  description: 'Make, list or revoke the tokens with which `serve --http` is called.',
  configure(program) {
    program
      .argument('<action>', 'create, list or revoke')
      .argument('[id]', 'which token to revoke')
      .option('--scopes <names>', `create: what it may do, of ${PERMISSIONS.join(',')}`, 'read,write')
      .option('--expires <when>', 'create: 12h, 90d, 2027-01-31 or never', '90d')
      .option('--label <text>', 'create: whose it is or what for');
  },
  async work(engine, given) {
    const [action, id] = given.arguments;
    if (action === 'create') return create(engine, given);
    if (action === 'list') return list(engine, given);
    if (action === 'revoke' && id !== undefined) return revoke(engine, given, { id });
    throw new EngineError(
      'invalid',
      action === 'revoke' ? 'No token was named.' : `token ${action ?? ''} is nothing it can do.`,
      'Run `mintmark token create`, `mintmark token list` or `mintmark token revoke <id>`.',
    );
  },
};

async function create(engine: Engine, given: Given): Promise<number> {
  const { scopes, expires, label } = Flags.parse(given.flags);
  const { token: secret, grant } = await engine.tokens.create({
    label,
    namespace: engine.config.namespace,
    permissions: permissionsOf(scopes),
    home: engine.config.scope,
    expiresAt: endOf(expires),
  });
  print(given, { token: secret, ...grant }, () => [secret, '', `It is shown this once. ${described(grant)}`]);
  return 0;
}

async function list(engine: Engine, given: Given): Promise<number> {
  const grants = await engine.tokens.list();
  print(given, grants, () => (grants.length === 0 ? ['There are no tokens.'] : grants.map(described)));
  return 0;
}

async function revoke(engine: Engine, given: Given, { id }: { readonly id: string }): Promise<number> {
  const grant = await engine.tokens.revoke(id);
  print(given, grant, () => [described(grant)]);
  return 0;
}

function permissionsOf(text: string) {
  const names = z.array(z.enum(PERMISSIONS)).safeParse(text.split(',').map(name => name.trim()));
  if (names.success) return names.data;
  throw new EngineError(
    'invalid',
    `--scopes is "${text}"; expected some of ${PERMISSIONS.join(', ')}, separated by commas.`,
    'Write it like --scopes read,write.',
  );
}

/** Unix milliseconds, or undefined for never. */
function endOf(text: string): number | undefined {
  if (text === 'never') return undefined;
  const [, count, unit] = /^(\d{1,5})([hd])$/.exec(text) ?? [];
  return count === undefined
    ? timeArgument('--expires', text)
    : Date.now() + Number(count) * (unit === 'h' ? DAY / 24 : DAY);
}

const described = ({ id, label, namespace, permissions, home, ...times }: Grant): string =>
  [
    id,
    `namespace ${namespace}`,
    `may ${permissions.join(', ')}`,
    home.length > 0 ? `home ${home.join(' ')}` : 'no home scope',
    times.revoked_at
      ? `revoked ${times.revoked_at}`
      : times.expires_at
        ? `until ${times.expires_at}`
        : 'without end',
    ...(label === '' ? [] : [label]),
  ].join(' · ');
