import { EngineError } from '../errors.js';
import { MAX_HIGH_LEVEL_TOKENS } from '../schema/medallion.js';
import { cutToTokens } from '../text/estimate.js';
import { countTokens } from '../text/tokens.js';

/** Throws `too_large` with the count when a high level has more tokens of o200k_base than a medallion may hold. */
export async function demandShort(highLevel: string): Promise<void> {
  const tokens = await tokensOf(highLevel);
  if (tokens <= MAX_HIGH_LEVEL_TOKENS) return;
  throw new EngineError(
    'too_large',
    `high_level has ${tokens} tokens of o200k_base, at most ${MAX_HIGH_LEVEL_TOKENS} are allowed.`,
    'Shorten it and call checkpoint again; details belong in decisions, subsystems and session_summary.',
  );
}

/** The beginning of a session summary, as much as a high level may hold: always the same for the same text. */
export async function digest(sessionSummary: string): Promise<string> {
  const text = sessionSummary.trim().slice(0, LONGEST).replace(HALF, '');
  let room = MAX_HIGH_LEVEL_TOKENS;
  let cut = cutToTokens(text, room);
  // The cut is estimated, and a rare text has more tokens than that.
  while ((await tokensOf(cut)) > MAX_HIGH_LEVEL_TOKENS) {
    room = Math.floor(room * 0.8);
    cut = cutToTokens(text, room);
  }
  return cut;
}

/** Long runs of one character take few tokens, but a medallion holds no more characters than this. */
const LONGEST = 8000;
const HALF = /[\ud800-\udbff]$/;

/** No token is shorter than a byte, so a short text need not wait for the encoding to load. */
async function tokensOf(text: string): Promise<number> {
  const bytes = Buffer.byteLength(text);
  return bytes <= MAX_HIGH_LEVEL_TOKENS ? bytes : countTokens(text);
}
