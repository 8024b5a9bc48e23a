/** The suite's tools that ask the client something before they answer: both eras from one definition, as in src/mcp. */
import {
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  type InputRequest,
  type InputRequests,
  inputRequired,
  ProtocolError,
  ProtocolErrorCode,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { type Answer, says } from './answers.js';

const states = createRequestStateCodec<number>({ key: 'only the suite ever holds a state of these' });
const Declared = z.object({ [CLIENT_CAPABILITIES_META_KEY]: z.record(z.string(), z.unknown()) });

const text = { type: 'string' } as const;
const named = (...names: string[]) => ({
  type: 'object' as const,
  properties: Object.fromEntries(names.map(name => [name, text])),
  required: names,
});

const userName = elicit('What is your name?', named('name'));
const confirm = elicit('Please confirm', {
  type: 'object',
  properties: { ok: { type: 'boolean' } },
  required: ['ok'],
});
const sampling = (question: string): InputRequest =>
  inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: question } }],
    maxTokens: 100,
  });

export const rounds: Readonly<Record<string, Answer>> = {
  test_elicitation: (context, { message }) =>
    ask(context, { response: elicit(String(message), named('username', 'email')) }),
  test_elicitation_sep1034_defaults: context => ask(context, { form: elicit('Review these.', defaults()) }),
  test_elicitation_sep1330_enums: context => ask(context, { form: elicit('Choose.', enums()) }),
  test_streaming_elicitation: context => ask(context, { user_name: userName }),
  test_missing_capability: context => ask(context, { answer: sampling('May this server ask a model?') }),
  test_input_required_result_elicitation: context => ask(context, { user_name: userName }),
  test_input_required_result_sampling: context =>
    ask(context, { capital_question: sampling('What is the capital of France?') }),
  test_input_required_result_list_roots: context => ask(context, { client_roots: inputRequired.listRoots() }),
  test_input_required_result_request_state: context => step(context, [{ confirm }]),
  test_input_required_result_tampered_state: context => step(context, [{ confirm }]),
  test_input_required_result_multiple_inputs: context =>
    step(context, [
      {
        user_name: userName,
        greeting: sampling('Generate a greeting'),
        client_roots: inputRequired.listRoots(),
      },
    ]),
  test_input_required_result_multi_round: context =>
    step(context, [
      { step1: elicit('Step 1: What is your name?', named('name')) },
      { step2: elicit('Step 2: What is your favorite color?', named('color')) },
    ]),
  test_input_required_result_capabilities: context =>
    ask(context, offered(context, { elicitation: userName, sampling: sampling('Generate a greeting') })),
};

/** Asks for what is not answered yet. */
export function ask({ mcpReq }: ServerContext, inputRequests: InputRequests): ReturnType<Answer> {
  const answered = Object.keys(inputRequests).filter(key => isAnswer(mcpReq.inputResponses?.[key]));
  if (answered.length < Object.keys(inputRequests).length) return inputRequired({ inputRequests });
  return says(`User response: ${JSON.stringify(mcpReq.inputResponses)}`);
}

export function elicit(
  message: string,
  requestedSchema: Parameters<typeof inputRequired.elicit>[0]['requestedSchema'],
): InputRequest {
  return inputRequired.elicit({ message, requestedSchema });
}

/** One round after the other; the sealed state says which was asked last. */
async function step(context: ServerContext, questions: readonly InputRequests[]) {
  const asked = await askedSoFar(context);
  const inputRequests = questions[asked];
  if (!inputRequests) return says('state-ok');
  return inputRequired({ inputRequests, requestState: await states.mint(asked + 1) });
}

async function askedSoFar(context: ServerContext): Promise<number> {
  const state = context.mcpReq.requestState<string>();
  if (state === undefined) return 0;
  try {
    return await states.verify(state, context);
  } catch {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'The requestState is not one that was sent.');
  }
}

function offered({ mcpReq }: ServerContext, byCapability: InputRequests): InputRequests {
  const declared = Declared.parse(mcpReq.envelope)[CLIENT_CAPABILITIES_META_KEY];
  return Object.fromEntries(Object.entries(byCapability).filter(([capability]) => capability in declared));
}

const isAnswer = (response: unknown): boolean =>
  typeof response === 'object' &&
  response !== null &&
  ('action' in response || 'roots' in response || 'content' in response);

function defaults() {
  return {
    type: 'object' as const,
    properties: {
      name: { type: 'string' as const, default: 'John Doe' },
      age: { type: 'integer' as const, default: 30 },
      score: { type: 'number' as const, default: 95.5 },
      status: { type: 'string' as const, enum: ['active', 'inactive', 'pending'], default: 'active' },
      verified: { type: 'boolean' as const, default: true },
    },
  };
}

function enums() {
  const options = ['option1', 'option2', 'option3'];
  const titled = ['First', 'Second', 'Third'].map((title, index) => ({ const: `value${index + 1}`, title }));
  return {
    type: 'object' as const,
    properties: {
      untitledSingle: { type: 'string' as const, enum: options },
      titledSingle: { type: 'string' as const, oneOf: titled },
      legacyEnum: {
        type: 'string' as const,
        enum: ['opt1', 'opt2', 'opt3'],
        enumNames: ['Option One', 'Option Two', 'Option Three'],
      },
      untitledMulti: { type: 'array' as const, items: { type: 'string' as const, enum: options } },
      titledMulti: { type: 'array' as const, items: { anyOf: titled } },
    },
  };
}
