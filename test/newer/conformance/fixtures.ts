/** What the suite calls by name, beside everything that the real server shows and answers. */
import type { Result } from '@modelcontextprotocol/server';
import { type Answer, answers, embedded, image, PNG } from './answers.js';
import type { Asked, Decorate } from './decorate.js';
import { ask, elicit, rounds } from './rounds.js';

const FOR = 'For the conformance suite.';

const tools: Readonly<Record<string, Answer>> = { ...answers, ...rounds };

const prompts: Readonly<Record<string, Answer>> = {
  test_simple_prompt: () => says({ type: 'text', text: 'This is a simple prompt for testing.' }),
  test_prompt_with_arguments: (_, { arg1, arg2 }) =>
    says({ type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` }),
  test_prompt_with_embedded_resource: (_, { resourceUri }) =>
    says(embedded(String(resourceUri), 'Embedded resource content for testing.'), {
      type: 'text',
      text: 'Please process the embedded resource above.',
    }),
  test_prompt_with_image: () => says(image, { type: 'text', text: 'Please analyze the image above.' }),
  test_input_required_result_prompt: async context => {
    const schema = { type: 'object' as const, properties: { context: { type: 'string' as const } } };
    const answer = await ask(context, {
      user_context: elicit('What context should the prompt use?', schema),
    });
    return 'inputRequests' in answer ? answer : says({ type: 'text', text: JSON.stringify(answer) });
  },
};

const promptArguments: Readonly<Record<string, readonly string[]>> = {
  test_prompt_with_arguments: ['arg1', 'arg2'],
  test_prompt_with_embedded_resource: ['resourceUri'],
};

const resources: Readonly<
  Record<string, { readonly mimeType: string; readonly text?: string; readonly blob?: string }>
> = {
  'test://static-text': {
    mimeType: 'text/plain',
    text: 'This is the content of the static text resource.',
  },
  'test://static-binary': { mimeType: 'image/png', blob: PNG },
  'test://watched-resource': { mimeType: 'text/plain', text: 'It never changes.' },
};

const says = (...contents: readonly object[]): Result => ({
  messages: contents.map(content => ({ role: 'user', content })),
});

export const fixtures: Readonly<Record<string, Decorate>> = {
  'tools/list': extending('tools', () =>
    Object.keys(tools).map(name => ({ name, description: FOR, inputSchema: { type: 'object' } })),
  ),
  'prompts/list': extending('prompts', () =>
    Object.keys(prompts).map(name => ({
      name,
      description: FOR,
      arguments: (promptArguments[name] ?? []).map(argument => ({ name: argument, required: true })),
    })),
  ),
  'resources/list': extending('resources', () =>
    Object.entries(resources).map(([uri, { mimeType }]) => ({ uri, name: uri, mimeType })),
  ),
  'resources/templates/list': extending('resourceTemplates', () => [
    { name: 'template', uriTemplate: 'test://template/{id}/data', mimeType: 'application/json' },
  ]),
  'tools/call': answering(tools),
  'prompts/get': answering(prompts),
  'resources/read': own => (request, context) => {
    const uri = String(request.params?.uri);
    const contents = contentsOf(uri);
    return contents ? { contents: [{ uri, ...contents }] } : own(request, context);
  },
};

function contentsOf(uri: string) {
  const [, id] = /^test:\/\/template\/([^/]+)\/data$/.exec(uri) ?? [];
  if (id === undefined) return resources[uri];
  const text = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` });
  return { mimeType: 'application/json', text };
}

/** The server's own list with more at its end. */
function extending(member: string, more: () => readonly object[]): Decorate {
  return own => async (request, context) => {
    const listed = await own(request, context);
    const items = listed[member];
    return { ...listed, [member]: [...(Array.isArray(items) ? items : []), ...more()] };
  };
}

/** Fixtures by their name, everything else by the server. */
function answering(byName: Readonly<Record<string, Answer>>): Decorate {
  return own => (request, context) => {
    const answer = byName[String(request.params?.name)];
    return answer ? answer(context, argumentsOf(request)) : own(request, context);
  };
}

function argumentsOf({ params }: Asked): Readonly<Record<string, unknown>> {
  const args = params?.arguments;
  return typeof args === 'object' && args !== null ? Object.fromEntries(Object.entries(args)) : {};
}
