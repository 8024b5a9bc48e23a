import type { Call, Engine } from '../engine.js';

/** A prompt without arguments: a text for the model, made from what is stored now. */
export type Prompt = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  text(engine: Engine, call: Call): Promise<string>;
};

/** Identity at run time, like `defineTool`. */
export const definePrompt = (prompt: Prompt): Prompt => prompt;
