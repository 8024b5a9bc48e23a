import * as z from 'zod';
import type { Engine } from '../engine.js';
import { refusal } from '../errors.js';
import { perform } from '../mcp/perform.js';
import type { Surface } from '../mcp/surface.js';
import { misfits } from '../schema/misfit.js';
import { type Asked, type Endpoint, READING } from './endpoint.js';
import { callOf } from './plain.js';

type Tools = ReturnType<typeof toolsOf>;

/** One request in the words of AoS: the run its path names, its body, and the tools to answer it with. */
type Route = (asked: Asked & { readonly runId: string }, tools: Tools) => Promise<Record<string, unknown>>;

/**
 * The endpoint of a path of the AoS Context Module v2.1 (github.com/sp103107/context_module), for its clients: each is
 * one tool of ours under their names. Undefined for any other path, or where the tools of runs are not offered.
 */
export function aosEndpoint(engine: Engine, { tools }: Surface, path: string): Endpoint | undefined {
  const [, named = '', action = ''] = /^\/runs(?:\/([^/]{1,600})(\/[a-z/]+)?)?$/.exec(path) ?? [];
  const runId = decoded(named);
  const routes = path === '/runs' ? RUNS : runId === '' ? undefined : ROUTES[action];
  if (!routes || !Object.keys(NEEDED).every(name => tools.some(tool => tool.name === name))) return undefined;
  return {
    methods: Object.keys(routes).flatMap(method => (method === 'GET' ? READING : method)),
    permissions: ({ request }) => [request.method === 'GET' ? 'read' : 'write'],
    answer: async asked => {
      const route = routes[asked.request.method];
      if (!route) throw new Error(`${asked.request.method} was let through to ${path}.`);
      return Response.json(await route({ ...asked, runId }, toolsOf(engine, tools, asked)));
    },
    stays: () => false,
  };
}

/** Empty for what is no UTF-8. */
function decoded(named: string): string {
  try {
    return decodeURIComponent(named);
  } catch {
    return '';
  }
}

const NEEDED = { run_open: 1, working_set_patch: 1, memory_propose: 1, memory_commit: 1, pack_export: 1 };

function toolsOf(engine: Engine, tools: Surface['tools'], { caller, request }: Asked) {
  const call = callOf(engine, caller, request.signal);
  return {
    do: async (name: keyof typeof NEEDED, args: Record<string, unknown>) => {
      const tool = tools.find(candidate => candidate.name === name);
      if (!tool) throw new Error(`The tool ${name} is not offered.`);
      return perform(tool, args, { engine, caller, call });
    },
    /** The working set with the names AoS has for its version and number. Throws `not_found`. */
    state: async (runId: string) => {
      const { text, meta } = await engine.runs.read(runId, call);
      return { _schema_version: '2.1', ...JSON.parse(text), run_id: meta.id, _update_seq: meta.seq };
    },
  };
}

const RUNS: Readonly<Record<string, Route>> = {
  POST: async ({ body }, tools) => {
    const { run_id: external_id, ...opening } = parse(NewRun, body);
    const opened = parse(
      OpenedRun,
      await tools.do('run_open', { ...opening, ...(external_id && { external_id }) }),
    );
    return { run_id: opened.run_id, status: opened.working_set.status };
  },
};

const ROUTES: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  '': {
    GET: ({ runId }, tools) => tools.state(runId),
    PATCH: async ({ runId, body }, tools) => {
      const { patch, expected_seq } = parse(Patch, body);
      await tools.do('working_set_patch', { run_id: runId, expected_seq, set: patch });
      return { ok: true, ws: await tools.state(runId) };
    },
  },
  '/memory/propose': {
    POST: async ({ runId, body }, tools) => {
      await tools.state(runId);
      const { mcrs, scope_filters } = parse(Proposing, body);
      const changes = mcrs.map(mcr => changeOf(mcr, scope_filters));
      const { batch_id } = await tools.do('memory_propose', { changes });
      return { ok: true, batch_id };
    },
  },
  '/memory/commit': {
    POST: async ({ runId, body }, tools) => {
      await tools.state(runId);
      const { committed_ids } = await tools.do('memory_commit', parse(Committing, body));
      return { ok: true, committed_ids };
    },
  },
  '/snapshot': {
    POST: async ({ runId }, tools) => {
      const { path, uri, sha256 } = await tools.do('pack_export', { run_id: runId });
      return { ok: true, pack_path: path ?? uri, sha256 };
    },
  },
};

const NewRun = z.object({
  run_id: z.string().optional(),
  task_id: z.string().optional(),
  thread_id: z.string().optional(),
  objective: z.string(),
  acceptance_criteria: z.array(z.string()).optional(),
  constraints: z.array(z.string()).optional(),
});
const OpenedRun = z.object({ run_id: z.string(), working_set: z.looseObject({ status: z.string() }) });
const Patch = z.object({ patch: z.looseObject({}), expected_seq: z.number() });
const Committing = z.object({ batch_id: z.string() });
const Whose = z.object({ user_id: z.string().optional(), project_id: z.string().optional() });
const Mcr = Whose.extend({
  op: z.string(),
  type: z.string().optional(),
  scope: z.enum(['user', 'project', 'global']).optional(),
  content: z.string().optional(),
  confidence: z.number().optional(),
  rationale: z.string().optional(),
  source_refs: z.array(z.string()).optional(),
  supersedes: z.array(z.string()).optional(),
  target_memory_id: z.string().optional(),
});
const Proposing = z.object({ mcrs: z.array(Mcr), scope_filters: Whose.optional() });

/** `global` is the empty scope; a user or project is a node of that name, by default the one the filters name. */
function changeOf(mcr: z.infer<typeof Mcr>, filters: z.infer<typeof Whose> = {}) {
  const { scope, user_id, project_id, target_memory_id, op, ...change } = mcr;
  if (op === 'noop') return { op };
  const [user, project] = [user_id ?? filters.user_id, project_id ?? filters.project_id];
  const nodes = [
    ...(user && scope !== 'project' ? [`user:${user}`] : []),
    ...(project && scope !== 'user' ? [`project:${project}`] : []),
  ];
  if (op === 'deprecate') return { op, target_id: target_memory_id };
  return {
    op,
    ...change,
    ...(scope === 'global' ? { global: true } : nodes.length > 0 && { graph_nodes: nodes }),
  };
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw refusal(misfits(parsed.error), {
    refused: 'The body does not fit',
    hint: 'Correct it and send it again.',
  });
}
