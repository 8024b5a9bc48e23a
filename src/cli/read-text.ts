import { readFile } from 'node:fs/promises';
import { EngineError } from '../errors.js';

/** The UTF-8 text of a file; `wanted` says in hints which file to name. Throws `not_found`, `io_error` and `invalid`. */
export async function readText(path: string, wanted: string): Promise<string> {
  const bytes = await readFile(path).catch(error => {
    if (error.code === 'ENOENT')
      throw new EngineError('not_found', `There is no file ${path}.`, `Name ${wanted}.`);
    throw new EngineError('io_error', `${path} cannot be read: ${error.message}.`, 'Name a readable file.', {
      cause: error,
    });
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const [what, hint] = bytes.subarray(0, ARCHIVE.length).equals(ARCHIVE)
      ? ['a zip archive', `Unpack it and name what lies in it, ${wanted}; a pack is read by pack_import.`]
      : ['not UTF-8 text', `Name ${wanted}.`];
    throw new EngineError('invalid', `Nothing was read: ${path} is ${what}.`, hint, { cause: error });
  }
}

/** How a zip archive begins (PKWARE's APPNOTE, 4.3.7). */
const ARCHIVE = Buffer.from('PK\x03\x04');
