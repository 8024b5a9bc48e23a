import type { PassageKind } from '../schema/hit-kind.js';
import type { Trust } from '../schema/memory.js';
import { type BlobText, blobPieces } from './blob-pieces.js';
import { episodeText, medallionText, messageText, messageTrust, type Saying } from './said.js';

/** One thing to find of a noun: its text, or a part of it. */
export type Piece = {
  readonly text: string;
  /** Of the text alone. */
  readonly trust: Trust;
  /** What it is found by at half the weight. */
  readonly title?: string | undefined;
  /** Where in the noun's text it stands, counted from 1, both included. */
  readonly lines?: readonly [first: number, last: number] | undefined;
  /** The words of the text, where they were found before. */
  readonly own?: string | undefined;
};

/** What there is to find in the body of a noun, by part. Of a summary the trust is that of what it covers. */
export function piecesOf(kind: PassageKind, content: string): readonly Piece[] {
  switch (kind) {
    case 'medallion':
      return [medallionPiece(JSON.parse(content))];
    case 'episode':
      return [episodePiece(JSON.parse(content))];
    case 'message':
      return [messagePiece(JSON.parse(content))];
    case 'summary': {
      const { text }: { text: string } = JSON.parse(content);
      return [{ text, trust: 'agent' }];
    }
    case 'blob': {
      const blob: BlobText = JSON.parse(content);
      return blobPieces(blob);
    }
  }
}

export const messagePiece = (message: Saying): Piece => ({
  text: messageText(message),
  trust: messageTrust(message),
});

export const medallionPiece = (medallion: Parameters<typeof medallionText>[0]): Piece => ({
  text: medallionText(medallion),
  trust: medallion.meta.trust,
});

export const episodePiece = (episode: Parameters<typeof episodeText>[0]): Piece => ({
  text: episodeText(episode),
  trust: 'user',
});
