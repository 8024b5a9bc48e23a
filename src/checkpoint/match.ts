import type { Scope, ScopeFilter } from '../schema/scope.js';

/**
 * Whether a load finds what is stored under a scope: every node asked for is there, and one of the tags if any is asked
 * for. Within a home one of its nodes is enough, and what has no nodes is global. The store's query must agree.
 */
export const matches = (stored: Scope, { nodes, tags }: ScopeFilter): boolean =>
  hasNodes(stored, nodes) && (tags.length === 0 || tags.some(tag => stored.tags.includes(tag)));

function hasNodes({ graph_nodes }: Scope, nodes: ScopeFilter['nodes']): boolean {
  if (nodes.match === 'everything') return true;
  if (nodes.match === 'home')
    return graph_nodes.length === 0 || nodes.anyOf.some(node => graph_nodes.includes(node));
  return nodes.allOf.length === 0
    ? graph_nodes.length === 0
    : nodes.allOf.every(node => graph_nodes.includes(node));
}

/**
 * Whether a scope contains another: has all of its nodes and tags. Whatever asks for the inner one then finds the outer
 * one too, so nothing is lost from view when that supersedes it. Only a global scope contains a global one.
 */
export const contains = (outer: Scope, inner: Scope): boolean =>
  inner.graph_nodes.every(node => outer.graph_nodes.includes(node)) &&
  inner.tags.every(tag => outer.tags.includes(tag)) &&
  (inner.graph_nodes.length > 0 || outer.graph_nodes.length === 0);
