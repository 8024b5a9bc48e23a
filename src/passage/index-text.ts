import type { Scope } from '../schema/scope.js';
import type { PassageText } from '../store/passages.js';
import { analyse } from '../text/analyse.js';
import { scopeTokens, scopeWords } from '../text/scope-tokens.js';
import type { Piece } from './piece.js';

/** What a passage that is no message is found by. Pure, so that an index can be rebuilt and compared. */
export const indexedText = ({ text, title }: Piece, scope: Scope): PassageText => ({
  own: analyse(text).join(' '),
  before: title === undefined ? scopeWords(scope) : analyse(title).join(' '),
  after: '',
  scope: scopeTokens(scope.graph_nodes).join(' '),
});

/** Tokens that a message lends to those beside it. */
const LENT = 256;

export const neighbourWords = (own: string): string =>
  own.length <= LENT ? own : own.split(' ', LENT).join(' ');
