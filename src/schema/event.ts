/** What an agent reports about its own work with run_record. */
export const AGENT_EVENT_TYPES = [
  'STEP_REQUEST',
  'MODEL_ACTION',
  'TOOL_CALL',
  'TOOL_RESULT',
  'MODEL_UPDATE',
  'ERROR',
  'NOTE',
] as const;
export type AgentEventType = (typeof AGENT_EVENT_TYPES)[number];

/** What the engine writes, in the transaction of the change itself. */
const ENGINE_EVENT_TYPES = [
  'MEMORY_PROPOSED',
  'MEMORY_COMMITTED',
  'MEMORY_REJECTED',
  'MEMORY_EXPIRED',
  'MEMORY_DEPRECATED',
  'MEMORY_RESTORED',
  'RUN_START',
  'RESUMED',
  'WS_UPDATE_APPLIED',
  'WS_UPDATE_REJECTED',
  'EVICTION',
  'DOOM_LOOP',
  'MILESTONE',
  'CHECKPOINT',
  'PACK_IMPORTED',
  'SESSION_OPENED',
  'MESSAGES_APPENDED',
  'SESSION_REPLACED',
  'SESSION_REWOUND',
  'SESSION_COMPACTED',
  'BLOB_PUT',
  'BLOB_KEPT',
  'PURGE',
] as const;

/** Agent events hold what an agent wrote, so nothing in them speaks for the engine. */
export const isAgentEvent = (type: string): type is AgentEventType =>
  AGENT_EVENT_TYPES.some(own => own === type);

export type EventType = AgentEventType | (typeof ENGINE_EVENT_TYPES)[number];

/** Whether this version knows the type: an imported stream may hold others. */
export const isEventType = (type: string): type is EventType =>
  isAgentEvent(type) || ENGINE_EVENT_TYPES.some(own => own === type);

/** One entry of a stream. `hash` covers everything but the body, which it covers by `body_hash`. */
export type LedgerEvent = {
  /** Order across all streams of the namespace, as this database received them. */
  readonly position: number;
  readonly stream: string;
  /** 1, 2, 3 … without gaps within the stream. */
  readonly sequence: number;
  readonly type: EventType;
  /** Unix milliseconds. */
  readonly at: number;
  /** SHA-256 of salt and body. */
  readonly body_hash: string;
  /** Hash of the event before it in the stream; 64 zeros for the first. */
  readonly previous_hash: string;
  readonly hash: string;
};
