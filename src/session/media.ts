import type { Part } from '../schema/message.js';
import { sha256 } from '../text/hash.js';
import { isRecord } from '../text/json.js';
import { cut } from '../text/shorten.js';

const LONGEST_URI = 2000;

/**
 * A part of a message that is neither text nor a call: an image, a sound or a document as a reference, of any other
 * kind its JSON as text, so that a host's newest invention does not keep a history out.
 */
export const otherPart = (block: Readonly<Record<string, unknown>>): Part =>
  /image|audio|video|file|document|media/.test(String(block.type))
    ? mediaRef(block)
    : { type: 'text', text: JSON.stringify(block) };

/** One that lies in the message itself is named by the SHA-256 of what was there; its bytes are not kept. */
export function mediaRef(block: Readonly<Record<string, unknown>>): Extract<Part, { type: 'file_ref' }> {
  const type = String(block.type);
  const found = addressIn(block);
  const name = nameIn(block);
  const named = name === undefined ? {} : { name };
  if (found.url !== undefined && found.url.length <= LONGEST_URI && !found.url.startsWith('data:'))
    return { type: 'file_ref', uri: found.url, ...named, mime: found.mime ?? type };
  const whole = found.url ?? found.data ?? JSON.stringify(block);
  return {
    type: 'file_ref',
    uri: `sha256:${sha256(whole)}`,
    ...named,
    mime: found.mime ?? type,
    outline: `${type} of ${whole.length} characters, which were not kept`,
  };
}

type Address = {
  readonly url?: string | undefined;
  readonly data?: string | undefined;
  readonly mime?: string | undefined;
};

/** OpenAI nests under the type's name or under `file`, Anthropic under `source`. */
function addressIn(block: Readonly<Record<string, unknown>>): Address {
  const nested = [block.source, block[String(block.type)], block.file].find(isRecord) ?? block;
  const text = (...names: string[]) =>
    names.map(name => nested[name]).find((value): value is string => typeof value === 'string');
  const url = typeof block.image_url === 'string' ? block.image_url : text('url', 'file_id', 'file_url');
  const data = text('data', 'file_data');
  const mime = text('media_type', 'mime_type') ?? /^data:([\w.+/-]+)/.exec(url ?? '')?.[1];
  return { url, data, mime: mime?.slice(0, 200) };
}

function nameIn(block: Readonly<Record<string, unknown>>): string | undefined {
  const file = isRecord(block.file) ? block.file : block;
  const name = [file.filename, file.title, file.name].find(value => typeof value === 'string');
  return typeof name === 'string' ? cut(name, 500) : undefined;
}
