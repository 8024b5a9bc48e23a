/** True for a token of a script that is indexed in pairs of characters. */
export const isPaired = (token: string): boolean => token > '~' && PAIRED.test(token);

const PAIRED =
  /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Mymr}]/u;
