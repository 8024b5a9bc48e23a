import { EngineError } from './errors.js';
import type { Home, Scope, ScopeFilter } from './schema/scope.js';
import { textProblem } from './text/well-formed.js';

/** Where things go that are written without a home. */
const INBOX = 'inbox:';

export type ScopeInput = {
  readonly graph_nodes?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
};

/** Trimmed, NFC, sorted, without duplicates. Throws `invalid` for a name that is blank or cannot be stored. */
export const normalise = ({ graph_nodes = [], tags = [] }: ScopeInput): Scope => ({
  graph_nodes: tidy(graph_nodes),
  tags: tidy(tags),
});

export type WriteScope = ScopeInput & {
  readonly global?: boolean | undefined;
  readonly globalByDefault: boolean;
};

/**
 * The scope of something written: named nodes as they are, none at all when global, else the home. `global: false`
 * overrules what is global by default.
 * Throws `invalid` when it is asked to be both global and somewhere.
 */
export function scopeToWrite({ graph_nodes, tags, global, globalByDefault }: WriteScope, home: Home): Scope {
  if (global && graph_nodes && graph_nodes.length > 0)
    throw new EngineError('invalid', 'global is true and graph_nodes names a scope.', 'Give one of the two.');
  if (graph_nodes) return normalise({ graph_nodes, tags });
  if (global ?? globalByDefault) return normalise({ tags });
  return normalise({ graph_nodes: homeNodes(home), tags });
}

export type ReadScope = ScopeInput & { readonly all?: boolean | undefined };

/** What a read looks at: the home and global unless nodes are named, also beside `all`, or everything is asked for. */
export function scopeToRead({ graph_nodes, tags, all }: ReadScope, home: Home): ScopeFilter {
  const named = normalise({ graph_nodes, tags });
  if (all && !graph_nodes?.length) return { nodes: { match: 'everything' }, tags: named.tags };
  if (graph_nodes) return { nodes: { match: 'named', allOf: named.graph_nodes }, tags: named.tags };
  return { nodes: { match: 'home', anyOf: tidy(homeNames(home)) }, tags: named.tags };
}

/** How a reply names the scope it used. */
export function describeScope({ nodes, tags }: ScopeFilter): string {
  const where =
    nodes.match === 'everything'
      ? 'all scopes'
      : nodes.match === 'home'
        ? [...nodes.anyOf, 'global'].join(' + ')
        : nodes.allOf.join(' & ') || 'global';
  return tags.length === 0 ? where : `${where}, tagged ${tags.join(' or ')}`;
}

/** The scope of something: it is about all of these nodes and has all of these tags. */
export const describeWritten = ({ graph_nodes, tags }: Scope): string => {
  const where = graph_nodes.join(' & ') || 'global';
  return tags.length === 0 ? where : `${where}, tagged ${tags.join(' & ')}`;
};

/** The nodes something is about, and the names that the home had before where it is one of them. */
export const placesOf = ({ graph_nodes }: Pick<Scope, 'graph_nodes'>, home: Home): readonly string[] =>
  home.nodes.some(node => graph_nodes.includes(node)) ? [...graph_nodes, ...home.aliases] : graph_nodes;

/** Whether something is about other projects alone. What is about nothing in particular is everybody's. */
export const isElsewhere = ({ graph_nodes }: Pick<Scope, 'graph_nodes'>, home: Home): boolean =>
  graph_nodes.length > 0 && !graph_nodes.some(node => homeNames(home).includes(node));

/** Where writes without a scope go. */
export const homeNodes = (home: Home): readonly string[] => (home.nodes.length === 0 ? [INBOX] : home.nodes);

/** Those, and the names that the home had before. */
export const homeNames = (home: Home): readonly string[] => [...homeNodes(home), ...home.aliases];

function tidy(names: readonly string[]): string[] {
  const kept = names.map(name => name.normalize('NFC').trim());
  const problem = kept.map(nameProblem).find(found => found !== undefined);
  if (problem !== undefined)
    throw new EngineError(
      'invalid',
      `A graph node or tag ${problem}.`,
      'Repeat the call with the name corrected.',
    );
  return [...new Set(kept)].sort();
}

/** Dropping a blank node would turn a scope with one wrong name into the global one. */
const nameProblem = (name: string): string | undefined => (name === '' ? 'is blank' : textProblem(name));
