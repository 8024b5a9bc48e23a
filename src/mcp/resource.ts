import type { Call, Engine } from '../engine.js';

export type ResourcePage = {
  readonly resources: readonly { readonly uri: string; readonly name: string }[];
  readonly next?: string;
};

/** Which variable of the template is being completed, and what the others hold already. */
export type Completing = {
  readonly argument: string;
  readonly others: Readonly<Record<string, string>>;
};

/** One family of resources under one URI template, such as `memory://{id}`. */
export type ResourceFamily = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly uriTemplate: string;
  readonly mimeType: string;
  list(engine: Engine, call: Call, cursor: string | undefined): Promise<ResourcePage>;
  complete(engine: Engine, call: Call, prefix: string, completing: Completing): Promise<readonly string[]>;
  /** The text behind a URI, or undefined when the URI is not of this family. Throws `not_found`. */
  read(engine: Engine, call: Call, uri: string): Promise<string> | undefined;
};

/** Identity at run time, like `defineTool`. */
export const defineResource = (family: ResourceFamily): ResourceFamily => family;

/** The text behind a URI and its type, once it is read; undefined when no family has such a URI. */
export function readUri(
  families: readonly ResourceFamily[],
  uri: string,
  { engine, call }: { readonly engine: Engine; readonly call: Call },
): { readonly mimeType: string; readonly text: Promise<string> } | undefined {
  for (const family of families) {
    const text = family.read(engine, call, uri);
    if (text) return { mimeType: family.mimeType, text };
  }
  return undefined;
}
