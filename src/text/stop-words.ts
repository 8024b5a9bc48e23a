/**
 * English words that carry a question rather than its subject, as `analyse` writes them. Negations are left out: "not"
 * and "never" change what a memory says.
 */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  `a an the this that these those here there
  i me my mine myself we us our ours you your yours he him his she her hers it its they them their theirs
  am is are was were be been being do does did doing done have has had having
  can could will would shall should may might must let
  who whom whose which what when where why how
  and or but if then than so as because while
  of at by for with about into onto to from in on off over under up down out through between during before after
  again also just only very too some any all both each more most other such same own
  tell know please give show find ever get got`.split(/\s+/),
);
