import { EngineError } from '../errors.js';
import { append } from '../ledger/ledger.js';
import { leastTrusted } from '../memory/draft.js';
import type { Call } from '../schema/call.js';
import type { Trust } from '../schema/memory.js';
import { describeWritten, homeNodes, isElsewhere, scopeToWrite } from '../scope.js';
import type { Sources } from '../sources.js';
import { findSession, keyOf } from '../store/named.js';
import { internScope } from '../store/scopes.js';
import { insertSession, type SessionRow, type StoredSession } from '../store/sessions.js';
import type { Reader, Writer } from '../store/store.js';
import { namesIn } from '../text/uri-name.js';
import { textProblem } from '../text/well-formed.js';
import { externalId, isSessionId } from './find.js';
import { streamOf } from './parts.js';

export type Opening = {
  /** Id, URI or external id. */
  readonly session_id?: string | undefined;
  readonly external_id?: string | undefined;
  /** Open the session when there is none. It is also when neither id is given. */
  readonly create?: boolean | undefined;
  readonly model?: string | undefined;
  readonly context_limit?: number | undefined;
  readonly max_output?: number | undefined;
  readonly graph_nodes?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Can only lower the trust of the session: `import` for a copied history. Not an argument of the tool. */
  readonly trust?: Trust | undefined;
};

/** The session that is named, if there is one. Throws `conflict` when its two names are of two sessions. */
export async function namedSession(
  reader: Reader,
  { session_id, external_id }: Opening,
): Promise<StoredSession | undefined> {
  const byExternal = external_id === undefined ? undefined : externalId(external_id);
  if (session_id === undefined) return byExternal === undefined ? undefined : findSession(reader, byExternal);
  const session = await findSession(reader, session_id);
  if (byExternal === undefined || isNamed({ session, session_id }, byExternal)) return session;
  const named = JSON.stringify(byExternal);
  const external = session?.external_id;
  const found = session
    ? `Session ${session.id} has ${external === null ? 'no external_id' : `the external_id ${JSON.stringify(external)}`}, not ${named}.`
    : `There is no session ${JSON.stringify(session_id.slice(0, 200))}, and the external_id is another name, ${named}.`;
  throw new EngineError('conflict', found, 'Give one of the two.');
}

type Meant = { readonly session: StoredSession | undefined; readonly session_id: string };

/** Whether both names are of one session, be it one to be opened. An unknown id is refused where one would be. */
function isNamed({ session, session_id }: Meant, byExternal: string): boolean {
  if (session) return session.external_id === byExternal;
  const name = keyOf(bareName(session_id));
  return name === byExternal || isSessionId(name);
}

/** What a session is called, without the scheme of a URI. */
const bareName = (ref: string): string => namesIn(ref, 'session://').at(-1) ?? ref;

/** Checks that a session that is there may be appended to as asked. Throws `not_found` and `conflict`. */
export function demandSame(session: StoredSession, asked: Opening, call: Call): void {
  if (session.hidden_at !== null && !asked.create)
    throw new EngineError(
      'not_found',
      `Session ${session.id} was deleted.`,
      'Repeat the call with create: true to begin it anew, or leave session_id out for a new one.',
    );
  if (asked.graph_nodes === undefined && asked.tags === undefined) {
    demandWithin(session, asked, call);
    return;
  }
  const wanted = describeWritten(scopeToWrite({ ...asked, globalByDefault: false }, call.home));
  const scope = describeWritten(session.scope);
  if (wanted === scope) return;
  throw new EngineError(
    'conflict',
    `Session ${session.id} has the scope ${scope}, not ${wanted}; a session keeps its scope.`,
    'Leave graph_nodes and tags out, or open another session.',
  );
}

/**
 * Who asks for a session under a name that one of another project has already would write into that, and read what it
 * says. What is imported has names that no project shares.
 */
function demandWithin({ id, scope }: StoredSession, asked: Opening, { home }: Call): void {
  const byName = asked.session_id === undefined || !isSessionId(bareName(asked.session_id).trim());
  if (!asked.create || !byName || !isElsewhere(scope, home) || asked.trust === 'import') return;
  throw new EngineError(
    'conflict',
    `Session ${id} has that name already and is about ${describeWritten(scope)}, not ${homeNodes(home).join(' & ')}.`,
    'Give another external_id to open one here, or leave create out to go on with that one.',
  );
}

/** Opens a session with its first event. Throws `not_found` when one was named and is not to be created. */
export async function openSession(
  { sources }: { readonly sources: Sources },
  writer: Writer,
  { asked, call }: { readonly asked: Opening; readonly call: Call },
): Promise<StoredSession> {
  const external_id = nameFor(asked);
  const scope = scopeToWrite({ ...asked, globalByDefault: false }, call.home);
  const at = sources.now();
  const session: StoredSession = {
    id: sources.newId('ses'),
    external_id,
    ...settings(undefined, asked),
    last_sequence: 0,
    created_at: at,
    updated_at: at,
    hidden_at: null,
    scope,
  };
  await insertOpened(sources, writer, { session });
  return session;
}

/** Writes a session with its first event, which may say where it came from. */
export async function insertOpened(
  sources: Sources,
  writer: Writer,
  { session, ...origin }: { readonly session: StoredSession; readonly imported?: object },
): Promise<void> {
  const { external_id, scope, trust, model, context_limit, max_output } = session;
  await insertSession(writer, { ...session, scope_id: await internScope(writer, scope) });
  await append(writer, sources, {
    stream: streamOf(session.id),
    type: 'SESSION_OPENED',
    at: session.created_at,
    payload: { external_id, scope, trust, model, context_limit, max_output, ...origin },
  });
}

/** The external id of a session to be created. */
function nameFor({ session_id, external_id, create }: Opening): string | null {
  const name = session_id === undefined ? external_id : bareName(session_id);
  if (name === undefined) return null;
  if (create && !isSessionId(name.trim())) return externalId(external_id ?? name);
  throw new EngineError(
    'not_found',
    `There is no session ${JSON.stringify(name.slice(0, 200))}.`,
    isSessionId(name.trim())
      ? 'Ids are given by mintmark: leave session_id out to open a session, or give an external_id of your own.'
      : 'Repeat the call with create: true to open it, or correct the name.',
  );
}

export type Settings = Pick<SessionRow, 'trust' | 'model' | 'context_limit' | 'max_output'>;

/** What is remembered of the model: what is given now, else what was given before. A limit goes with its model. */
export function settings(before: Settings | undefined, asked: Opening): Settings {
  const model = modelName(asked.model) ?? before?.model ?? null;
  const kept = before && model === before.model ? before : undefined;
  return {
    trust: leastTrusted([before?.trust ?? 'agent', asked.trust ?? 'agent']),
    model,
    context_limit: asked.context_limit ?? kept?.context_limit ?? null,
    max_output: asked.max_output ?? kept?.max_output ?? null,
  };
}

function modelName(text: string | undefined): string | undefined {
  const name = text?.trim();
  const problem = name === '' ? 'is blank' : textProblem(name ?? '');
  if (problem === undefined) return name;
  throw new EngineError('invalid', `The model ${problem}.`, 'Name the model, or leave it out.');
}

export const sameSettings = (left: Settings, right: Settings): boolean =>
  left.trust === right.trust &&
  left.model === right.model &&
  left.context_limit === right.context_limit &&
  left.max_output === right.max_output;
