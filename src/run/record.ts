import { EngineError } from '../errors.js';
import { append, type Replayable, transact } from '../ledger/ledger.js';
import type { Call } from '../schema/call.js';
import { AGENT_EVENT_TYPES, type AgentEventType, isAgentEvent } from '../schema/event.js';
import { describeWritten } from '../scope.js';
import { lastOfType } from '../store/run-events.js';
import { touchRun } from '../store/runs.js';
import type { Reader, Writer } from '../store/store.js';
import { canonicalJson } from '../text/hash.js';
import { type Redaction, redact } from '../text/redact.js';
import { textProblem } from '../text/well-formed.js';
import { demandRun } from './find.js';
import { callsNeeded, type DoomLoop, findLoop, newLoop, type ToolCall, toolCall } from './loops.js';
import { type Parts, streamOf } from './parts.js';

type AgentEvent = { readonly type: AgentEventType; readonly payload: Readonly<Record<string, unknown>> };

export type Recording = { readonly run_id: string; readonly events: readonly AgentEvent[] };

export type Recorded = {
  readonly run_id: string;
  /** Sequence of the last event written. */
  readonly last_sequence: number;
  /** The agent repeats itself: something else should be tried. */
  readonly doom_loop?: DoomLoop;
  readonly redacted?: readonly Redaction[];
  readonly scope: string;
};

/** Appends what an agent did to its run's history, all or none, and warns when it goes round in circles. */
export async function recordEvents(
  parts: Parts,
  { run_id, events }: Recording,
  call: Call,
): Promise<Replayable<Recorded>> {
  checkPayloads(events);
  const clean = await redact({ events }, parts.options.redact);
  return transact(parts, call, async writer => {
    const run = await demandRun(writer, run_id);
    const written = await write(parts, writer, { stream: streamOf(run.id), events: clean.value.events });
    await touchRun(writer, run.id, written.at);
    return {
      run_id: run.id,
      last_sequence: written.sequence,
      ...(written.loop && { doom_loop: written.loop }),
      ...(clean.redactions.length > 0 && { redacted: clean.redactions }),
      scope: describeWritten(run.scope),
    };
  });
}

type Written = { readonly at: number; readonly sequence: number; readonly loop: DoomLoop | undefined };

async function write(
  { sources, options }: Parts,
  writer: Writer,
  { stream, events }: { readonly stream: string; readonly events: readonly AgentEvent[] },
): Promise<Written> {
  const at = sources.now();
  const repeats = options.doomLoopRepeats;
  let sequence = 0;
  let loop: DoomLoop | undefined;
  let calls = events.some(isToolCall) ? await lastCalls(writer, stream, callsNeeded(repeats)) : [];
  for (const event of events) {
    sequence = await append(writer, sources, { stream, type: event.type, at, payload: event.payload });
    if (!isToolCall(event)) continue;
    calls = [...calls, toolCall(event.payload)].slice(-callsNeeded(repeats) - 1);
    loop = findLoop(calls, repeats) ?? loop;
    const fresh = newLoop(calls, repeats);
    if (fresh) sequence = await append(writer, sources, { stream, type: 'DOOM_LOOP', at, payload: fresh });
  }
  return { at, sequence, loop };
}

const isToolCall = ({ type }: AgentEvent): boolean => type === 'TOOL_CALL';

/** Oldest first, and only as many as a loop can have. */
async function lastCalls(reader: Reader, stream: string, limit: number): Promise<ToolCall[]> {
  const calls = await lastOfType(reader, stream, { type: 'TOOL_CALL', limit });
  return calls.flatMap(({ content }) => (content === null ? [] : [toolCall(JSON.parse(content))])).reverse();
}

const MAX_EVENTS = 100;
const MAX_BYTES = 64 * 1024;
const MAX_DEPTH = 100;

function checkPayloads(events: readonly AgentEvent[]): void {
  const wrongCount = events.length < 1 || events.length > MAX_EVENTS;
  const problems = [
    ...(wrongCount ? [`events has ${events.length} entries; expected 1 to ${MAX_EVENTS}`] : []),
    ...events.flatMap(({ type, payload }, index) => {
      // What speaks for the engine is written by the engine alone, also where no schema stands before the library.
      if (!isAgentEvent(type))
        return [`events[${index}].type is ${type}; ${AGENT_EVENT_TYPES.join(', ')} are yours`];
      const problem = payloadProblem(payload);
      return problem ? [`events[${index}].payload ${problem}`] : [];
    }),
  ];
  if (problems.length === 0) return;
  throw new EngineError(
    'invalid',
    `Nothing was recorded:\n${problems.map(problem => `- ${problem}`).join('\n')}`,
    'Correct the named payloads and call run_record again; keep long outputs in files and record their paths.',
  );
}

function payloadProblem(payload: unknown): string | undefined {
  // Before anything else walks it: a value nested too deeply would overflow the stack.
  if (depthOf(payload) > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`;
  const problem = contentProblem(payload);
  if (problem) return problem;
  const bytes = Buffer.byteLength(canonicalJson(payload));
  return bytes > MAX_BYTES ? `has ${bytes} bytes as JSON; at most ${MAX_BYTES} are kept` : undefined;
}

/** Counts a level at a time, without recursion. */
function depthOf(value: unknown): number {
  let depth = 0;
  let level = [value];
  while (level.length > 0 && depth <= MAX_DEPTH) {
    level = level.flatMap(inner => (typeof inner === 'object' && inner !== null ? Object.values(inner) : []));
    depth += 1;
  }
  return depth;
}

function contentProblem(value: unknown): string | undefined {
  if (typeof value === 'string') return textProblem(value);
  // JSON's 1e999 is read as infinity, which JSON cannot write.
  if (typeof value === 'number' && !Number.isFinite(value)) return 'has a number that is too large';
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const problem = textProblem(key) ?? contentProblem(inner);
    if (problem) return problem;
  }
  return undefined;
}
