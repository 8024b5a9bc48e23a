import { defineResource } from '../src/mcp/resource.js';

export default defineResource({
  name: 'run-ledger',
  title: "A run's history",
  description: 'The events of one run, oldest first; next is the URI of the page after it.',
  uriTemplate: 'run://{id}/ledger',
  mimeType: 'application/json',
  // It is found beside its run; listing it as well would only repeat the runs.
  list: async () => ({ resources: [] }),
  complete: (engine, call, prefix) => engine.runs.complete(prefix, call),
  read(engine, call, uri) {
    const [, id, after = '0'] =
      /^run:\/\/(run_[A-Za-z0-9]{1,90})\/ledger(?:\?after=(\d{1,15}))?$/.exec(uri) ?? [];
    return id === undefined
      ? undefined
      : engine.runs
          .ledger({ ref: id, after: Number(after) }, call)
          .then(({ meta, scope, trust, text, next }) =>
            JSON.stringify({
              ...meta,
              scope,
              trust,
              events: JSON.parse(text),
              ...(next !== undefined && { next: `run://${id}/ledger?after=${next}` }),
            }),
          );
  },
});
