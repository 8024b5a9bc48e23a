import type { GivenMessage } from '../schema/message.js';

export type Stated = {
  readonly id: string;
  readonly memory: string;
  /** Ids of earlier memories that it replaces. */
  readonly supersedes: readonly string[];
};

export type Question = {
  readonly question: string;
  /** Ids of the memories or messages that answer it, at least one. */
  readonly evidence: readonly string[];
  /** Ids of what the evidence replaced, directly or over others. */
  readonly stale: readonly string[];
  readonly category: string;
};

/** What is stored together in one namespace, and what is asked of it. Ids are those of the file. */
export type Corpus = {
  readonly name: string;
  readonly memories: readonly Stated[];
  /** Each in order, its messages with the ids of the file. */
  readonly sessions: readonly (readonly GivenMessage[])[];
  readonly questions: readonly Question[];
};
