import type { Prompt } from '../src/mcp/prompt.js';
import review from './review.js';

export const prompts: readonly Prompt[] = [review];
