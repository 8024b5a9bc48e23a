import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Engine } from '../engine.js';
import { EngineError } from '../errors.js';
import { type Caller, failureFor } from './caller.js';
import { toCall } from './requests.js';
import { readUri } from './resource.js';
import type { Behind, Surface } from './surface.js';

/** Resources, prompts and completion: everything a client may read besides tools. */
export function serveReading(server: Server, behind: Behind, caller: Caller): void {
  const asked = async (context: ServerContext) => {
    const { engine, surface } = await behind.ready();
    return { engine, ...surface, call: toCall(engine, context, { canElicit: false, caller }) };
  };
  server.setRequestHandler('resources/templates/list', async () => ({
    resourceTemplates: (await behind.listed()).resourceTemplates,
  }));
  server.setRequestHandler('resources/list', async ({ params }, context) => {
    const { engine, resources, call } = await asked(context);
    return named(caller, () => listResources(engine, resources, { cursor: params?.cursor, call }));
  });
  server.setRequestHandler('resources/read', async ({ params: { uri } }, context) => {
    const { resources, ...reader } = await asked(context);
    const reading = readUri(resources, uri, reader);
    if (!reading) throw new ResourceNotFoundError(uri, `There is no resource ${uri}. ${ELSEWHERE}`);
    return { contents: [{ uri, mimeType: reading.mimeType, text: await found(caller, uri, reading.text) }] };
  });
  server.setRequestHandler('completion/complete', async ({ params }, context) => {
    const { ref, argument, context: known } = params;
    const { engine, resources, call } = await asked(context);
    const family =
      ref.type === 'ref/resource' ? resources.find(({ uriTemplate }) => uriTemplate === ref.uri) : undefined;
    const values = family
      ? await named(caller, () =>
          family.complete(engine, call, argument.value, {
            argument: argument.name,
            others: known?.arguments ?? {},
          }),
        )
      : [];
    return { completion: { values: values.slice(0, 100), hasMore: values.length > 100 } };
  });
  server.setRequestHandler('prompts/list', async () => ({ prompts: (await behind.listed()).prompts }));
  server.setRequestHandler('prompts/get', async ({ params: { name } }, context) => {
    const { engine, prompts, call } = await asked(context);
    const prompt = prompts.find(candidate => candidate.name === name);
    if (!prompt)
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `There is no prompt "${name}". Prompts: ${prompts.map(candidate => candidate.name).join(', ')}.`,
      );
    const text = await named(caller, () => prompt.text(engine, call));
    return { description: prompt.description, messages: [{ role: 'user', content: { type: 'text', text } }] };
  });
}

/** For a URI that search or another reply may well have named. */
export const ELSEWHERE = 'The tool fetch also reads messages, and runs and sessions by their external ids.';

type Listing = { readonly cursor: string | undefined; readonly call: ReturnType<typeof toCall> };

/** One family after the other, on one page where they are short; the cursor names the family and where to go on in it. */
export async function listResources(
  engine: Engine,
  families: Surface['resources'],
  { cursor, call }: Listing,
) {
  const [at = '0', inner] =
    cursor === undefined ? [] : Buffer.from(cursor, 'base64url').toString().split(' ');
  const start = /^\d{1,2}$/.test(at) ? Number(at) : families.length;
  if (!families[start])
    throw new EngineError(
      'invalid',
      'The cursor is not one that mintmark returned.',
      'Pass nextCursor exactly as it was returned.',
    );
  const listed: Listed[] = [];
  for (const [index, family] of families.entries()) {
    if (index < start) continue;
    const page = await family.list(engine, call, index === start ? inner : undefined);
    listed.push(...page.resources.map(resource => ({ ...resource, mimeType: family.mimeType })));
    if (page.next === undefined) continue;
    return { resources: listed, nextCursor: Buffer.from(`${index} ${page.next}`).toString('base64url') };
  }
  return { resources: listed };
}

type Listed = { readonly uri: string; readonly name: string; readonly mimeType: string };

async function found(caller: Caller, uri: string, reading: Promise<string>): Promise<string> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'not_found')
      throw new ResourceNotFoundError(uri, failureFor(caller, error));
    throw asProtocolError(caller, error);
  }
}

export async function named<T>(caller: Caller, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asProtocolError(caller, error);
  }
}

const asProtocolError = (caller: Caller, error: unknown): unknown =>
  error instanceof EngineError
    ? new ProtocolError(
        error.code === 'invalid' ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError,
        `${error.code}: ${failureFor(caller, error)}`,
      )
    : error;
