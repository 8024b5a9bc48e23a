import type { Config } from '../../config/load.js';
import type { Writer } from '../../schema/writer.js';
import { httpWriter } from './http.js';

/** The model an operator configured; none for `sampling`, which there is only while a client waits. */
export function configuredWriter({
  writer,
  writerUrl: url,
  writerModel: model,
  writerKey: key,
  writerStyle: style,
}: Pick<Config, 'writer' | 'writerUrl' | 'writerModel' | 'writerKey' | 'writerStyle'>): Writer | undefined {
  return writer === 'http' && url && model ? httpWriter({ url, model, key, style }) : undefined;
}
