import { defineResource } from '../src/mcp/resource.js';
import { fenceUntrusted } from '../src/text/untrusted.js';

const PAGE = 100;

export default defineResource({
  name: 'blob',
  title: 'Blob',
  description: 'A large text or file as it was stored, which never changes; of what is no text the outline.',
  uriTemplate: 'blob://{id}',
  mimeType: 'text/plain',
  async list(engine, call, afterId) {
    const blobs = await engine.blobs.list({ afterId, limit: PAGE }, call);
    const resources = blobs.map(({ id, title }) => ({ uri: `blob://${id}`, name: title }));
    const last = blobs.at(-1);
    return { resources, ...(last && blobs.length === PAGE && { next: last.id }) };
  },
  complete: (engine, call, prefix) => engine.blobs.complete(prefix, call),
  read(engine, call, uri) {
    const id = /^blob:\/\/(blob_[A-Za-z0-9]{1,90})$/.exec(uri)?.[1];
    return id === undefined
      ? undefined
      : engine.blobs.read(id, call).then(({ text, trust }) => fenceUntrusted(text, trust));
  },
});
