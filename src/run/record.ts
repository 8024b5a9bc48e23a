import { demandNone } from '../errors.js';
import { append, type Replayable, transact } from '../ledger/ledger.js';
import type { Call } from '../schema/call.js';
import { AGENT_EVENT_TYPES, type AgentEventType, isAgentEvent } from '../schema/event.js';
import { describeWritten } from '../scope.js';
import { lastOfType } from '../store/run-events.js';
import { touchRun } from '../store/runs.js';
import type { Reader, Writer } from '../store/store.js';
import { canonicalJson } from '../text/hash.js';
import { type Redaction, redact } from '../text/redact.js';
import { problemsIn } from '../text/well-formed.js';
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

function checkPayloads(events: readonly AgentEvent[]): void {
  const wrongCount = events.length < 1 || events.length > MAX_EVENTS;
  const problems = [
    ...(wrongCount ? [`events has ${events.length} entries; expected 1 to ${MAX_EVENTS}`] : []),
    ...events.flatMap(({ type, payload }, index) => {
      // What speaks for the engine is written by the engine alone, also where no schema stands before the library.
      if (!isAgentEvent(type))
        return [`events[${index}].type is ${type}; ${AGENT_EVENT_TYPES.join(', ')} are yours`];
      return payloadProblem(payload, `events[${index}].payload`) ?? [];
    }),
  ];
  demandNone(problems, {
    refused: 'Nothing was recorded',
    hint: 'Correct the named payloads and call run_record again; keep long outputs in files and record their paths.',
  });
}

/** Its content is looked at before anything else walks it. */
function payloadProblem(payload: unknown, place: string): string | undefined {
  const [problem] = problemsIn(payload, place, { most: 1 });
  if (problem) return problem;
  const bytes = Buffer.byteLength(canonicalJson(payload));
  return bytes > MAX_BYTES ? `${place} has ${bytes} bytes as JSON; at most ${MAX_BYTES} are kept` : undefined;
}
