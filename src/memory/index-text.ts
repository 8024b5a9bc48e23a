import type { MemoryBody } from '../schema/memory.js';
import type { IndexedText } from '../store/memory-text.js';
import { analyse } from '../text/analyse.js';
import { sha256 } from '../text/hash.js';
import { scopeTokens, scopeWords } from '../text/scope-tokens.js';
import { normalisedText } from './compare.js';

/** What a memory is found by. Pure, so that an index can be rebuilt and compared. `tokens` are those of its content. */
export const indexedText = (
  { content, graph_nodes, tags }: MemoryBody,
  tokens: readonly string[] = analyse(content),
): IndexedText => ({
  own: tokens.join(' '),
  context: scopeWords({ graph_nodes, tags }),
  scope: scopeTokens(graph_nodes).join(' '),
});

/** Equal for statements that differ only in case, white space and closing punctuation. */
export const fingerprint = (content: string): string => sha256(normalisedText(content)).slice(0, 32);
