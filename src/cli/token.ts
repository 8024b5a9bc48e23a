import { Argument, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { type Grant, PERMISSIONS } from '../access/tokens.js';
import type { Engine } from '../engine.js';
import { DAY, HOUR, parseTime } from '../text/time.js';
import { type Command, type Given, print } from './command.js';

const Flags = z.object({
  scopes: z.array(z.enum(PERMISSIONS)),
  /** Unix milliseconds. */
  expires: z.union([z.number(), z.literal('never')]),
  label: z.string().max(200).default(''),
});

/** Access over HTTP. The namespace and the home scope of a token are those of --namespace and --scope. */
export const token: Command = {
  name: 'token',
  description: 'Make, list or revoke the tokens with which `serve --http` is called.',
  configure(program) {
    program
      .addArgument(new Argument('<action>', 'what to do').choices(['create', 'list', 'revoke']))
      .argument('[id]', 'which token to revoke')
      .addOption(
        new Option('--scopes <names>', `create: what it may do, of ${PERMISSIONS.join(',')}`)
          .argParser(permissionsOf)
          .default(permissionsOf('read,write'), 'read,write'),
      )
      .addOption(
        new Option('--expires <when>', 'create: 12h, 90d, 2027-01-31 or never')
          .argParser(endOf)
          .default(endOf('90d'), '90d'),
      )
      .option('--label <text>', 'create: whose it is or what for')
      .hook('preAction', (_parent, command) => {
        const [action, id] = command.args;
        if (action === 'revoke' && id === undefined)
          command.error('error: token revoke needs the id of a token, as `mintmark token list` shows it');
      });
  },
  async work(engine, given) {
    const [action, id = ''] = given.arguments;
    if (action === 'create') return create(engine, given);
    return action === 'list' ? list(engine, given) : revoke(engine, given, { id });
  },
};

async function create(engine: Engine, given: Given): Promise<number> {
  const { scopes, expires, label } = Flags.parse(given.flags);
  const { token: secret, grant } = await engine.tokens.create({
    label,
    namespace: engine.config.namespace,
    permissions: scopes,
    home: engine.config.scope,
    expiresAt: expires === 'never' ? undefined : expires,
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
  throw new InvalidArgumentError(`Expected some of ${PERMISSIONS.join(', ')}, such as read,write.`);
}

/** Unix milliseconds. */
function endOf(text: string): number | 'never' {
  if (text === 'never') return text;
  const [, count, unit] = /^(\d{1,5})([hd])$/.exec(text) ?? [];
  const end =
    count === undefined ? parseTime(text) : Date.now() + Number(count) * (unit === 'h' ? HOUR : DAY);
  if (end === undefined)
    throw new InvalidArgumentError('Expected a time like 12h, 90d or 2027-01-31, or never.');
  return end;
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
