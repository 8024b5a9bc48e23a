import { z } from 'zod';
import { type ModelApi, type Seen, type Turn, textOf } from './model-api.js';

const Part = z.looseObject({
  text: z.string().optional(),
  functionResponse: z.looseObject({ response: z.unknown().optional() }).optional(),
});
const Content = z.looseObject({ parts: z.array(Part).default([]) });
const Body = z.looseObject({
  systemInstruction: Content.optional(),
  contents: z.array(Content),
  tools: z
    .array(
      z.looseObject({
        functionDeclarations: z
          .array(
            z.looseObject({
              name: z.string(),
              description: z.string().default(''),
              parameters: z.unknown().optional(),
              parametersJsonSchema: z.unknown().optional(),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});

/** Gemini's generateContent, as Gemini CLI asks. */
export const gemini: ModelApi = {
  name: 'Gemini generateContent',
  path: /enerateContent(\?|$)/,
  read,
  stream: turn => [[undefined, whole(turn)]],
  whole,
};

function read(body: unknown): Seen {
  const { systemInstruction, contents, tools } = Body.parse(body);
  const parts = [systemInstruction ?? { parts: [] }, ...contents].flatMap(content => content.parts);
  return {
    tools: tools
      .flatMap(({ functionDeclarations }) => functionDeclarations)
      .map(({ name, description, parameters, parametersJsonSchema }) => ({
        name,
        description,
        schema: parametersJsonSchema ?? parameters,
      })),
    told: parts.map(({ text }) => text ?? '').join('\n'),
    results: parts.flatMap(({ functionResponse }) =>
      functionResponse ? [outputOf(functionResponse.response)] : [],
    ),
  };
}

const Output = z.looseObject({ output: z.string() });

/** The text itself where it is all there is. */
function outputOf(response: unknown): string {
  const { data } = Output.safeParse(response);
  return data && Object.keys(data).length === 1 ? data.output : textOf(response);
}

function whole(turn: Turn): object {
  const part =
    'say' in turn
      ? { text: turn.say }
      : { functionCall: { id: turn.id, name: turn.call.name, args: turn.args } };
  return {
    candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    modelVersion: 'scripted',
  };
}
