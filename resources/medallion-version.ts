import { defineResource } from '../src/mcp/resource.js';

/** Versions are found through their medallion: a listing of all of them would bury everything else. */
export default defineResource({
  name: 'medallion version',
  title: 'Version of a medallion',
  description: 'One version of a medallion, which never changes, with the evidence it was made from.',
  uriTemplate: 'medallion://{id}/v/{version}',
  mimeType: 'application/json',
  list: async () => ({ resources: [] }),
  complete: (engine, call, prefix, { argument, others }) =>
    argument === 'version'
      ? engine.medallions.completeVersion({ id: others.id ?? '', prefix }, call)
      : engine.medallions.complete(prefix, call),
  read(engine, call, uri) {
    const [, id, version] = /^medallion:\/\/(med_[A-Za-z0-9]{1,90})\/v\/([1-9]\d{0,8})$/.exec(uri) ?? [];
    return id === undefined
      ? undefined
      : engine.medallions.read({ id, version: Number(version) }, call).then(({ text }) => text);
  },
});
