import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { anthropic } from './anthropic.js';
import { gemini } from './gemini.js';
import type { Events, ModelApi, Offered, Seen, Turn } from './model-api.js';
import { openaiChat } from './openai-chat.js';
import { openaiResponses } from './openai-responses.js';

const APIS: readonly ModelApi[] = [anthropic, openaiResponses, openaiChat, gemini];

export type Call = {
  readonly server: string;
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
};
/** What the model does: it yields a call, is given what it saw of the result, and at the end says something. */
export type Script = Generator<Call, string, string>;

export type Telling = {
  readonly call: Call;
  /** The tool as the model was offered it; undefined when it never was. */
  readonly offered: Offered | undefined;
  /** Whether it had to be searched for first. */
  readonly deferred: boolean;
  readonly shown: string;
};

/** A model on this machine that does what its script says, whatever API it is asked through. */
export async function scriptedModel(script: Script) {
  const conversation = new Conversation(script);
  const server = createServer((request, response) => {
    answer(request, response, conversation).catch(error => {
      conversation.failures.push(String(error));
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    conversation,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, conversation: Conversation) {
  const text = Buffer.concat(await request.toArray()).toString();
  const path = request.url ?? '';
  const api = request.method === 'POST' ? APIS.find(candidate => candidate.path.test(path)) : undefined;
  if (!api) return json(response, { data: [], models: [], object: 'list', input_tokens: 1 });
  const body = JSON.parse(text);
  const turn = conversation.next(api.read(body));
  if (body.stream === true || path.includes('streamGenerate')) return sse(response, api.stream(turn));
  json(response, api.whole(turn));
}

function json(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function sse(response: ServerResponse, events: Events): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const [event, data] of events)
    response.write(
      `${event === undefined ? '' : `event: ${event}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`,
    );
  response.end();
}

/** Where the script is. Agents also ask for titles and the like: without tools, or with fewer results than there were. */
export class Conversation {
  readonly tellings: Telling[] = [];
  readonly failures: string[] = [];
  /** The longest that the model was told, and the tools it was offered at first. */
  told = '';
  offered: readonly Offered[] = [];
  said: string | undefined;
  /** Called when the script has come to its end. */
  onend: () => void = () => {};
  readonly #script: Script;
  #results = 0;
  #turn: Turn | undefined;
  #wanted: Call | undefined;
  /** How the wanted tool is offered, once it is; before, it is searched for. */
  #found: Offered | undefined;
  #deferred = false;

  constructor(script: Script) {
    this.#script = script;
  }

  next(seen: Seen): Turn {
    if (seen.tools.length === 0 || seen.results.length < this.#results) return { say: 'ok' };
    if (this.offered.length === 0) this.offered = seen.tools;
    if (seen.told.length > this.told.length) this.told = seen.told;
    const again = this.#turn && seen.results.length === this.#results;
    if (!again) this.#turn = this.#go(seen);
    this.#results = seen.results.length;
    return this.#turn ?? { say: 'ok' };
  }

  #go(seen: Seen): Turn {
    const shown = seen.results.at(-1) ?? '';
    if (this.#wanted && !this.#found) return this.#want(this.#wanted, seen);
    if (this.#wanted) {
      this.tellings.push({ call: this.#wanted, offered: this.#found, deferred: this.#deferred, shown });
      this.#deferred = false;
    }
    const step = this.#script.next(shown);
    if (!step.done) return this.#want(step.value, seen);
    this.said = step.value;
    this.onend();
    return { say: step.value };
  }

  #want(call: Call, { tools, results }: Seen): Turn {
    this.#wanted = call;
    this.#found = find(tools, call);
    const id = `call_${results.length}`;
    if (this.#found) return { call: this.#found, args: call.args, id };
    const search = tools.find(({ name }) => /^tool_?search$/i.test(name));
    if (search && !this.#deferred) {
      this.#deferred = true;
      return { call: search, args: { query: `select:mcp__${call.server}__${call.tool}` }, id };
    }
    const shown = results.at(-1) ?? '';
    this.tellings.push({ call, offered: undefined, deferred: this.#deferred, shown });
    this.failures.push(`${call.tool} of ${call.server} was not offered. ${shown.slice(0, 300)}`);
    this.onend();
    return { say: 'I cannot.' };
  }
}

/** Agents put the server's name before the tool's, each in a way of its own. */
function find(tools: readonly Offered[], { server, tool }: Call): Offered | undefined {
  return tools.find(({ name, namespace = '' }) => {
    const full = `${namespace}/${name}`;
    return full.includes(server) && (name === tool || name.endsWith(`_${tool}`));
  });
}
