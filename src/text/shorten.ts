/** At most `length` UTF-16 units, with an ellipsis for what is missing; a character cut in half shows as U+FFFD. */
export const shorten = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1).toWellFormed()}…` : text;

/** A text as the name of a resource in a list. */
export const titleOf = (text: string): string => shorten(text, 80);
