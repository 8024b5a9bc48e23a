import type { Engine } from '../engine.js';
import { cleanMessages } from '../session/clean.js';
import { checkMessages, MOST_MESSAGES } from '../session/given.js';
import { brokenOff } from './broken-off.js';
import { counted, type Given, print } from './command.js';
import type { Conversation, History } from './import-history.js';
import { Progress } from './progress.js';

/** An account's export holds thousands. */
const MOST_NAMED = 20;

type Read = {
  readonly path: string;
  readonly history: History;
  readonly global: boolean;
  readonly dryRun: boolean;
};

/** Appends what a file holds, a session for each of its conversations; what is there already is left. */
export async function importHistory(
  engine: Engine,
  given: Given,
  { path, history, global, dryRun }: Read,
): Promise<number> {
  const { format, conversations, leftOut } = history;
  // What will be refused for a secret is refused before anything is written.
  if (engine.config.redact === 'reject')
    for (const { messages } of conversations)
      for (const batch of batches(messages)) await cleanMessages(checkMessages(batch), 'reject');
  if (dryRun) {
    show(given, path, history);
    return 0;
  }
  const added = await addAll(engine, conversations, global);
  print(given, { path, format, ...added, left_out: leftOut }, () => [
    `${added.messages} messages imported from ${path} (${format})`,
    ...added.sessions.slice(0, MOST_NAMED).map(id => `         into session://${id}`),
    ...(added.sessions.length > MOST_NAMED
      ? [`         and ${added.sessions.length - MOST_NAMED} more; --json names them all`]
      : []),
    counted(added.duplicates, 'skipped: there already'),
    ...notOf(history),
    ...(added.redactions > 0 ? [`! ${added.redactions} secrets were redacted`] : []),
  ]);
  return 0;
}

function show(given: Given, path: string, history: History): void {
  const { format, conversations, leftOut } = history;
  const sessions = conversations.map(({ external_id, messages }) => ({
    external_id,
    messages: messages.length,
  }));
  const messages = sum(conversations);
  print(given, { path, format, dry_run: true, sessions, messages, left_out: leftOut }, () => [
    ...sessions.map(session => counted(session.messages, `messages into ${session.external_id}`)),
    `${messages} messages would be imported from ${path} (${format}), but for those that are there already`,
    ...notOf(history),
  ]);
}

const notOf = ({ leftOut }: History): string[] =>
  Object.entries(leftOut).map(([type, count]) =>
    counted(count, `left out: ${LEFT_OUT.get(type) ?? `lines of type ${type}`}, no part of the conversation`),
  );

const LEFT_OUT: ReadonlyMap<string, string> = new Map([
  ['branch', 'messages that were edited or asked anew'],
  ['hidden', 'messages that were never shown'],
  ['empty', 'messages without words'],
]);

const sum = (conversations: readonly Conversation[]): number =>
  conversations.reduce((count, { messages }) => count + messages.length, 0);

type Added = {
  readonly sessions: readonly string[];
  readonly messages: number;
  readonly duplicates: number;
  readonly redactions: number;
};

async function addAll(
  engine: Engine,
  conversations: readonly Conversation[],
  global: boolean,
): Promise<Added> {
  const total = sum(conversations);
  const scope = global ? { graph_nodes: [] } : {};
  using progress = new Progress('messages', total);
  const sessions = new Set<string>();
  let messages = 0;
  let duplicates = 0;
  let redactions = 0;
  for (const { external_id, model, messages: all } of conversations)
    for (const batch of batches(all)) {
      const asked = {
        external_id,
        create: true,
        trust: 'import',
        ...scope,
        ...(model && { model }),
      } as const;
      const reply = await engine.sessions
        .append({ ...asked, messages: batch }, engine.call({ trust: 'user' }))
        .catch(brokenOff(messages, `of ${total} messages`));
      sessions.add(reply.session_id);
      messages += batch.length - (reply.skipped ?? 0);
      duplicates += reply.skipped ?? 0;
      redactions += reply.redacted?.length ?? 0;
      progress.report(messages + duplicates);
    }
  return { sessions: [...sessions], messages, duplicates, redactions };
}

function* batches<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += MOST_MESSAGES)
    yield all.slice(start, start + MOST_MESSAGES);
}
