import type { Call } from '../schema/call.js';
import { sha256Of } from '../text/hash.js';
import { prepareAos } from './aos.js';
import { badPack } from './bad-pack.js';
import type { Prepared } from './imported.js';
import { decode, parseJson } from './json.js';
import { prepareMedallion } from './medallion-json.js';
import { AOS_MANIFEST } from './names.js';
import type { Parts } from './parts.js';
import { MANIFEST } from './render.js';
import type { Files } from './zip.js';

export type Foreign = {
  /** Undefined where the file is no archive. */
  readonly files: Files | undefined;
  readonly bytes: Uint8Array;
  readonly call: Call;
};

/** Recognises what another program wrote: a resume pack of AoS v2.1, or one medallion.v1 as JSON. */
export async function prepareForeign(parts: Parts, { files, bytes, call }: Foreign): Promise<Prepared> {
  const sha256 = sha256Of(bytes);
  if (!files) return prepareMedallion(parts, parseJson(decode(bytes, 'the file'), 'the file'), sha256);
  if (files.has(AOS_MANIFEST) || files.has('working_set.json'))
    return prepareAos(parts, files, { sha256, call });
  throw badPack(`the archive holds neither ${MANIFEST} nor a working set`);
}
