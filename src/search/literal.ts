import { analyse, isStopWord } from '../text/analyse.js';

/** A pattern has to be short, and so has a name made of signs. */
const LONGEST = 100;

/**
 * The pattern of what stands in a query without a word to go by ("🚀", "&&", "what does ≠ mean"), which no index holds:
 * any of its signs as they are, with or without the selectors that say how an emoji looks. Undefined where there are words.
 */
export function literal(query: string): string | undefined {
  const pieces = query.trim().split(/\s+/u);
  // Most queries end here, at their first word.
  if (pieces.some(piece => analyse(piece).some(term => !isStopWord(term)))) return undefined;
  const signs = pieces.filter(piece => analyse(piece).length === 0);
  const asked = signs.length < pieces.length ? signs.map(withoutClosing) : signs;
  const patterns = [...new Set(asked)].flatMap(patternOf);
  return patterns.length > 0 && patterns.join('').length <= LONGEST ? patterns.join('|') : undefined;
}

/** A sentence ends, asks and quotes with signs that are not what it is about. */
const withoutClosing = (piece: string): string =>
  piece.replace(/^["'“‘(]{1,9}|["'”’).,;:!?？。]{1,9}$/gu, '');

/** Nothing invisible is looked for alone. */
function patternOf(piece: string): string[] {
  const characters = [...piece.normalize().replace(/\p{Variation_Selector}|\p{Cc}|\p{Cs}/gu, '')];
  const shown = characters.some(character => /[\p{S}\p{P}]/u.test(character));
  return shown ? [characters.map(matching).join('')] : [];
}

const matching = (character: string): string =>
  character < '\x80' ? character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&') : `${character}\ufe0f?`;
