import type { Scope } from '../schema/scope.js';
import { insertPassages, setNeighbour, speakingAfter, speakingBefore } from '../store/passages.js';
import { internScope } from '../store/scopes.js';
import type { Writer } from '../store/store.js';
import { together } from '../store/together.js';
import { analyse } from '../text/analyse.js';
import { scopeTokens } from '../text/scope-tokens.js';
import { neighbourWords } from './index-text.js';
import { messagePiece, type Piece } from './piece.js';
import type { Saying } from './said.js';

export type NewMessage = Saying & {
  readonly id: string;
  readonly sequence: number;
  readonly created_at: number;
  readonly hidden_at: number | null;
};

type Into = {
  readonly session: { readonly id: string; readonly scope: Scope };
  /** In order of their numbers, none of which lies between two others that are there already. */
  readonly messages: readonly NewMessage[];
  /** Whether others that are there may come after them. */
  readonly before?: boolean;
};

/** Makes messages findable, each also by what is said before and after it, in the transaction that writes them. */
export async function addMessages(
  writer: Writer,
  { session, messages, before = false }: Into,
): Promise<void> {
  const [first, last] = [messages[0], messages.at(-1)];
  if (!first || !last) return;
  const [scope_id, previous, next] = await together([
    internScope(writer, session.scope),
    speakingBefore(writer, session.id, first.sequence),
    before ? speakingAfter(writer, session.id, last.sequence) : undefined,
  ]);
  const scope = scopeTokens(session.scope.graph_nodes).join(' ');
  const linked = [...link(messages, { previous: previous?.own, next: next?.own })];
  await insertPassages(
    writer,
    linked.map(({ message, piece, ...text }) => {
      const row = { kind: 'message', owner: message.id, part: 0, scope_id, session_id: session.id } as const;
      const { sequence, created_at, hidden_at: ended_at } = message;
      const place = { run_id: null, sequence, trust: piece.trust, created_at, ended_at, ...NO_LINES };
      return { row: { ...row, ...place }, text: { ...text, scope } };
    }),
  );
  const speaking = linked.filter(speaks);
  const [head, tail] = [speaking[0], speaking.at(-1)];
  if (previous && head) await setNeighbour(writer, previous.number, { after: neighbourWords(head.own) });
  if (next && tail) await setNeighbour(writer, next.number, { before: neighbourWords(tail.own) });
}

const NO_LINES = { first_line: null, last_line: null } as const;

type Analysed = { readonly message: NewMessage; readonly piece: Piece; readonly own: string };
export type Linked = Analysed & { readonly before: string; readonly after: string };

type Ends = { readonly previous?: string | undefined; readonly next?: string | undefined };

/**
 * Messages with the words of the one before and the one after. Hidden ones and those without words have no neighbours
 * and are none. A message comes out when the next that speaks is known.
 */
export function* link(messages: Iterable<NewMessage>, { previous, next }: Ends = {}): Generator<Linked> {
  let held: Linked | undefined;
  let before = neighbourWords(previous ?? '');
  for (const message of messages) {
    const piece = messagePiece(message);
    const analysed = { message, piece, own: analyse(piece.text).join(' ') };
    if (!speaks(analysed)) {
      yield { ...analysed, before: '', after: '' };
      continue;
    }
    const words = neighbourWords(analysed.own);
    if (held) yield { ...held, after: words };
    held = { ...analysed, before, after: '' };
    before = words;
  }
  if (held) yield { ...held, after: neighbourWords(next ?? '') };
}

const speaks = ({ message, own }: Analysed): boolean => message.hidden_at === null && own !== '';
