/**
 * What a name may stand for: as it is written, and after `scheme` also with its percent-encoding undone, which templates
 * (RFC 6570) put around everything but ASCII letters, digits and `-._~`.
 */
export function namesIn(ref: string, scheme: string): readonly [string, ...string[]] {
  const name = ref.trim();
  if (!name.startsWith(scheme)) return [name];
  const written = name.slice(scheme.length);
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}
