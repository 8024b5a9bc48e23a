import type { Prompt } from '../src/mcp/prompt.js';
import resume from './resume.js';
import review from './review.js';
import wrapUp from './wrap-up.js';

export const prompts: readonly Prompt[] = [review, resume, wrapUp];
