/**
 * Waits for queries of one transaction that do not need each other's results: PostgreSQL gets them all at once. All of
 * them have ended when it resolves or throws, since none may go on when the transaction is over.
 */
export async function together<Work extends readonly unknown[]>(
  work: readonly [...Work],
): Promise<{ -readonly [Index in keyof Work]: Awaited<Work[Index]> }> {
  // Rejects with what failed first; the others may say no more than that something did.
  const all = Promise.all(work);
  all.catch(() => {});
  await Promise.allSettled(work);
  return all;
}
