import { isStopWord, queryTerms } from '../text/analyse.js';

/** The words a query is about: without stop words, unless it has nothing else. */
export function subjectTerms(query: string): string[] {
  const terms = queryTerms(query);
  const subject = terms.filter(term => !isStopWord(term));
  return subject.length > 0 ? subject : terms;
}
