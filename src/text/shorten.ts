/** At most `length` UTF-16 units; a character cut in half shows as U+FFFD. */
export const cut = (text: string, length: number): string => text.slice(0, length).toWellFormed();

/** The same, with an ellipsis for what is missing. */
export const shorten = (text: string, length: number): string =>
  text.length > length ? `${cut(text, length - 1)}…` : text;

/** A text as the name of a resource in a list. */
export const titleOf = (text: string): string => shorten(text, 80);
