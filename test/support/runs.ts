type Caller = { call(name: string, args?: Record<string, unknown>): Promise<{ run_id: string }> };

/** Opens a run and returns its id. */
export const openRun = async (caller: Caller, fields: Record<string, unknown> = {}): Promise<string> =>
  (await caller.call('run_open', { objective: 'Ship the release.', ...fields })).run_id;

type Reading = {
  readonly client: {
    readResource(request: { uri: string }): Promise<{ readonly contents: readonly object[] }>;
  };
};

/** The JSON behind a resource URI. */
export async function readJson({ client }: Reading, uri: string) {
  const [content] = (await client.readResource({ uri })).contents;
  return JSON.parse(content && 'text' in content ? String(content.text) : 'null');
}

/** Types and payloads of a run's events. */
export async function eventsOf(
  server: Reading,
  runId: string,
): Promise<{ type: string; payload: Record<string, unknown>; sequence: number }[]> {
  return (await readJson(server, `run://${runId}/ledger`)).events;
}
