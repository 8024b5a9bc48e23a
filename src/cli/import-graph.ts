import * as z from 'zod';
import type { ProposedChange } from '../schema/memory.js';
import { cut } from '../text/shorten.js';
import type { Line } from './import-file.js';

const LONGEST_NODE = 200;
const LONGEST_TAG = 100;

const Entity = z.object({
  type: z.literal('entity'),
  name: z.string().min(1),
  entityType: z.string(),
  observations: z.array(z.string()),
});
const Relation = z.object({
  type: z.literal('relation'),
  from: z.string().min(1),
  to: z.string().min(1),
  relationType: z.string(),
});

/** A line of the file that `@modelcontextprotocol/server-memory` keeps. */
export const GraphLine = z.discriminatedUnion('type', [Entity, Relation]);
export type GraphLine = z.infer<typeof GraphLine>;

/** A line that is meant as one, whatever else is wrong with it. */
export const GraphType = z.looseObject({ type: z.enum(['entity', 'relation']) });

/** The whole of it, as its `read_graph` answers. */
export const Graph = z.object({ entities: z.array(z.unknown()), relations: z.array(z.unknown()) });

/** What such a file would hold of the graph, a line each. */
export const graphLines = ({ entities, relations }: z.infer<typeof Graph>): Line[] => [
  ...entities.map((value, index) => lineOf('entity', index, value)),
  ...relations.map((value, index) => lineOf('relation', index, value)),
];

const lineOf = (type: GraphLine['type'], index: number, value: unknown): Line => ({
  place: `${type} ${index + 1}`,
  value: { ...Object(value), type },
});

/** One fact for each observation or relation; an entity that has none is a fact itself, so that nothing is lost. */
export function graphChanges(line: GraphLine): ProposedChange[] {
  if (line.type === 'relation')
    return [fact(`${line.from} ${line.relationType} ${line.to}`, [line.from, line.to])];
  const { name, entityType, observations } = line;
  const told = observations.filter(observation => observation.trim() !== '');
  const tags = entityType.trim() === '' ? [] : [cut(entityType, LONGEST_TAG)];
  const statements = told.length > 0 ? told : [entityType];
  return statements.map(statement => fact(`${name}: ${statement}`, [name], tags));
}

const fact = (content: string, names: readonly string[], tags: readonly string[] = []): ProposedChange => ({
  type: 'fact',
  content,
  graph_nodes: names.map(name => cut(`entity:${name}`, LONGEST_NODE)),
  tags: [...tags],
  trust: 'import',
});
