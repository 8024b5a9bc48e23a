import type { Part } from '../schema/message.js';
import type { Shapeable } from '../session/shapes.js';

/** OpenAI refuses longer ids, Anthropic other characters and one id twice. */
const MOST = 40;
const REFUSED = /[^A-Za-z0-9_-]/g;

/**
 * Calls and their results under ids that the APIs of models take, since another model may have numbered its calls anew in
 * every turn. Ids are given in order, so that later messages change none. A call without its result keeps the id by which
 * that will come. Takes messages as `answered` leaves them: results directly after the message that called.
 */
export function withCallIds(messages: readonly Shapeable[]): Shapeable[] {
  const taken = new Set<string>();
  let given: Given[] = [];
  return messages.map((message, at) => {
    if (message.role === 'assistant') given = [];
    const answered = new Set(messages[at + 1]?.parts.flatMap(resultId));
    const parts = message.parts.map(part => {
      if (part.type === 'tool_result') return renamed(part, given);
      if (part.type !== 'tool_call' || !answered.has(part.call_id)) return part;
      const name = freeName(part.call_id, taken);
      taken.add(name);
      given.push({ id: part.call_id, name });
      return { ...part, call_id: name };
    });
    return { ...message, parts };
  });
}

type Given = { readonly id: string; readonly name: string };

const resultId = (part: Part): string[] => (part.type === 'tool_result' ? [part.call_id] : []);

/** By the first call of that id which has no result yet. */
function renamed(result: Extract<Part, { type: 'tool_result' }>, given: Given[]): Part {
  const at = given.findIndex(({ id }) => id === result.call_id);
  const [call] = at < 0 ? [] : given.splice(at, 1);
  return call ? { ...result, call_id: call.name } : result;
}

function freeName(id: string, taken: ReadonlySet<string>): string {
  const plain = id.replace(REFUSED, '_');
  let name = plain.slice(0, MOST);
  for (let count = 2; name === '' || taken.has(name); count += 1) {
    const ending = `_${count}`;
    name = `${plain.slice(0, MOST - ending.length)}${ending}`;
  }
  return name;
}
