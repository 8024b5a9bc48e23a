import * as z from 'zod';
import { exact } from './exact.js';

export const ROLES = ['system', 'user', 'assistant', 'tool'] as const;
export const Role = z.enum(ROLES);
export type Role = z.output<typeof Role>;

const Id = z.string().min(1).max(200);
const Text = z.string().max(4_000_000);

/** What a message is made of, in order. A call and its result share `call_id`. */
export const Part = z.discriminatedUnion('type', [
  exact({ type: z.literal('text'), text: Text }),
  exact({ type: z.literal('reasoning'), text: Text, signature: z.string().max(20_000).optional() }),
  exact({
    type: z.literal('tool_call'),
    call_id: Id,
    name: Id,
    arguments: z.record(z.string(), z.unknown()),
  }),
  exact({
    type: z.literal('tool_result'),
    call_id: Id,
    name: Id.optional(),
    output: Text,
    is_error: z.boolean().optional(),
  }),
  exact({
    type: z.literal('file_ref'),
    uri: z.string().min(1).max(2000),
    name: z.string().max(500).optional(),
    mime: z.string().max(200).optional(),
    outline: z.string().max(20_000).optional(),
  }),
  exact({ type: z.literal('patch'), path: z.string().min(1).max(2000), diff: Text }),
]);
export type Part = z.output<typeof Part>;

/** A message as it is given. `content` is short for one text part; `id` makes sending it again harmless. */
export const GivenMessage = exact({
  id: Id.optional(),
  role: Role,
  content: Text.optional(),
  parts: z.array(Part).max(500).optional(),
  name: Id.optional(),
  /** ISO 8601; kept as given, never used for the order. */
  timestamp: z.string().max(40).optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
});
export type GivenMessage = z.output<typeof GivenMessage>;

/** A content of a message that was too large for it: which part it is the content of, and where it lies. */
export const KeptBlob = z.strictObject({
  part: z.int().min(0),
  blob_id: z.string().regex(/^blob_[0-9a-f]{32}$/),
  /** Of the content itself, in UTF-8. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type KeptBlob = Readonly<z.output<typeof KeptBlob>>;

/** What is kept of a message as its erasable body. */
export const KeptMessage = z.strictObject({
  client_id: Id.optional(),
  role: Role,
  name: Id.optional(),
  timestamp: z.string().max(40).optional(),
  parts: z.array(Part).max(500),
  metadata: z.record(z.string(), z.unknown()).optional(),
  blobs: z.array(KeptBlob).optional(),
  sequence: z.int().min(1),
  tokens: z.int().min(0),
  tokenizer: z.string().min(1).max(100),
});

/** A message as it is kept. Its order is `sequence`, the server's, from 1 without gaps within its session. */
export type Message = {
  readonly id: string;
  /** The id its client gave it. */
  readonly client_id?: string | undefined;
  readonly sequence: number;
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly name?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Contents that lie in blobs; a reference with an outline stands where each was. */
  readonly blobs?: readonly KeptBlob[] | undefined;
  /** Counted in the session's encoding when it was written, overhead of the message included. */
  readonly tokens: number;
};
