import * as z from 'zod';

/** A node of the caller's graph by convention `kind:name`, such as `repo:acme/app`, `user:ada`, `project:atlas`. */
export const GraphNode = z.string().min(1).max(200);
export const Tag = z.string().min(1).max(100);

/** What something is about. Stored trimmed, NFC, sorted and without duplicates. No nodes at all means global. */
export type Scope = { readonly graph_nodes: readonly string[]; readonly tags: readonly string[] };

/** The nodes a caller works in by default, and the names the same place had before. */
export type Home = { readonly nodes: readonly string[]; readonly aliases: readonly string[] };

/** Which scopes a read looks at. */
export type ScopeFilter = {
  readonly nodes:
    | { readonly match: 'everything' }
    /** At least one of these nodes, or global. */
    | { readonly match: 'home'; readonly anyOf: readonly string[] }
    /** All of these nodes; none at all means global only. */
    | { readonly match: 'named'; readonly allOf: readonly string[] };
  /** At least one of these tags; empty means any or none. */
  readonly tags: readonly string[];
};
