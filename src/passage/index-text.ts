import type { Scope } from '../schema/scope.js';
import type { PassageText } from '../store/passages.js';
import { analyse } from '../text/analyse.js';
import { scopeTokens, scopeWords } from '../text/scope-tokens.js';
import type { Piece } from './piece.js';

/** What a passage that is no message is found by. Pure, so that an index can be rebuilt and compared. */
export const indexedText = ({ own, text, title }: Piece, scope: Scope): PassageText => ({
  own: own ?? wordsOf(text),
  before: title === undefined ? scopeWords(scope) : analyse(title).join(' '),
  after: '',
  scope: scopeTokens(scope.graph_nodes).join(' '),
});

const wordsOf = (text: string): string => analyse(text).join(' ');

/** The same pieces with their words, which take long to find in a long text. */
export const withWords = (pieces: readonly Piece[]): readonly Piece[] =>
  pieces.map(piece => ({ ...piece, own: wordsOf(piece.text) }));

/** Tokens that a message lends to those beside it. */
const LENT = 256;

export const neighbourWords = (own: string): string =>
  own.length <= LENT ? own : own.split(' ', LENT).join(' ');
