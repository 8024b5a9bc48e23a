import type { Permission } from '../access/tokens.js';
import type { RemoteCaller } from '../mcp/streamable.js';

/** A request that is from here, within its limits, of a known caller and read. */
export type Asked = {
  readonly caller: RemoteCaller;
  /** Method, path, query and headers; the body is in `body`. */
  readonly request: Request;
  /** The JSON of the body; undefined for none. */
  readonly body: unknown;
};

/** How what only reads is asked for; the head alone leaves out the body. */
export const READING: readonly string[] = ['GET', 'HEAD'];

/** What everyone may read. */
export type Page = { readonly type: string; text(): string };

/** What answers under one path. */
export type Endpoint = {
  readonly methods: readonly string[];
  /** What the caller must have before anything is done. */
  permissions(asked: Asked): readonly Permission[];
  answer(asked: Asked): Promise<Response>;
  /** Whether the answer stays open without an end, so that it counts apart from calls. */
  stays(asked: Asked): boolean;
};
