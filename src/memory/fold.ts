import { reasonOwner } from '../ledger/seal.js';
import type { Batch, MemoryStatus, StoredChange, Trust } from '../schema/memory.js';
import type { EventWithBody } from '../store/events.js';
import type { StateRow } from '../store/memory-rows.js';

/** What the ledger alone says about a memory. */
export type FoldedState = {
  readonly batch_id: string;
  readonly status: MemoryStatus;
  readonly superseded_by: string | null;
  readonly created_at: number;
  readonly committed_at: number | null;
};

type Payload = {
  readonly batch_id?: string;
  readonly trust?: Trust;
  readonly changes?: readonly StoredChange[];
  readonly ids?: readonly string[];
  readonly reason_hash?: string;
};

/** What each event that names memories by `ids` makes of its batch and of them. */
const OUTCOME = {
  MEMORY_REJECTED: { batch: 'rejected', memory: 'rejected' },
  MEMORY_EXPIRED: { batch: 'expired', memory: 'expired' },
  MEMORY_DEPRECATED: { batch: undefined, memory: 'deprecated' },
  MEMORY_RESTORED: { batch: undefined, memory: 'active' },
} as const;

const retires = (type: string): type is keyof typeof OUTCOME => Object.hasOwn(OUTCOME, type);

type Outcome = { readonly at: number; readonly sequence: number } & (typeof OUTCOME)[keyof typeof OUTCOME];

/** Replays the memory stream: state is the fold of the ledger. */
export class EventFold {
  readonly memories = new Map<string, FoldedState>();
  readonly batches = new Map<string, Batch>();
  /** The salted hash of every body that a change or a decision was given, purged or not, by owner. */
  readonly bodies = new Map<string, string>();
  readonly #states = new Map<string, StateRow[]>();

  /** Every change of status after the commit or the proposal, of memories that were not purged. */
  get states(): readonly StateRow[] {
    return [...this.#states.values()].flat();
  }

  apply({ type, at, sequence, content }: EventWithBody): void {
    const payload: Payload = content === null ? {} : JSON.parse(content);
    // What is committed in the call that proposes it has one event for both.
    if (payload.changes) this.#propose(payload, at);
    if (type === 'MEMORY_COMMITTED') this.#commit(payload, { at, sequence });
    else if (type === 'PURGE') this.#purge(payload.ids ?? []);
    else if (retires(type)) this.#retire(payload, { at, sequence, ...OUTCOME[type] });
  }

  #retire({ batch_id = '', ids = [], reason_hash }: Payload, { at, sequence, batch, memory }: Outcome): void {
    if (batch) this.#decide(batch_id, batch, at);
    if (reason_hash) this.bodies.set(reasonOwner(batch_id), reason_hash);
    for (const id of ids) this.#move(id, { status: memory, at, sequence, superseded_by: null });
  }

  #propose({ batch_id: id = '', trust = 'agent', changes = [] }: Payload, at: number): void {
    this.batches.set(id, { id, status: 'proposed', trust, changes, created_at: at, decided_at: null });
    for (const [index, { memory_id, body_hash }] of changes.entries()) {
      if (body_hash) this.bodies.set(memory_id ?? `${id}/${index}`, body_hash);
      if (memory_id)
        this.memories.set(memory_id, {
          batch_id: id,
          status: 'proposed',
          superseded_by: null,
          created_at: at,
          committed_at: null,
        });
    }
  }

  #commit({ batch_id = '', reason_hash }: Payload, { at, sequence }: { at: number; sequence: number }): void {
    this.#decide(batch_id, 'committed', at);
    if (reason_hash) this.bodies.set(reasonOwner(batch_id), reason_hash);
    for (const change of this.batches.get(batch_id)?.changes ?? []) {
      const memory = this.memories.get(change.memory_id ?? '');
      // Purged while it was proposed: a commit leaves such a change out.
      if (change.memory_id && !memory) continue;
      if (memory && change.memory_id)
        this.memories.set(change.memory_id, { ...memory, status: 'active', committed_at: at });
      for (const id of change.supersedes ?? [])
        this.#move(id, { status: 'superseded', at, sequence, superseded_by: change.memory_id ?? null });
      if (change.target_id)
        this.#move(change.target_id, { status: 'deprecated', at, sequence, superseded_by: null });
    }
  }

  #decide(id: string, status: Batch['status'], at: number): void {
    const batch = this.batches.get(id);
    if (batch) this.batches.set(id, { ...batch, status, decided_at: at });
  }

  #move(
    id: string,
    { status, at, sequence, superseded_by }: Omit<StateRow, 'memory_id'> & { superseded_by: string | null },
  ): void {
    const memory = this.memories.get(id);
    if (!memory) return;
    this.memories.set(id, { ...memory, status, superseded_by });
    this.#states.set(id, [...(this.#states.get(id) ?? []), { memory_id: id, at, sequence, status }]);
  }

  #purge(ids: readonly string[]): void {
    for (const id of ids) {
      this.memories.delete(id);
      this.#states.delete(id);
    }
  }
}
