import fc from 'fast-check';

/** Any character but lone surrogates: what fast-check calls 'binary', which takes it a second to get ready. */
export const character: fc.Arbitrary<string> = fc
  .integer({ min: 0, max: 0x10ffff - 0x800 })
  .map(point => String.fromCodePoint(point < 0xd800 ? point : point + 0x800));
