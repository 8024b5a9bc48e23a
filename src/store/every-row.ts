/** Where a walk begins, and the column by which pages follow each other. */
type Walk<Name, Place> = { readonly by: Name; readonly from: Place };

/** Every row of a table too large for one query: `page` gives those after a place, in order, until there are none. */
export async function* everyRow<Name extends string, Place, Row extends Readonly<Record<Name, Place>>>(
  { by, from }: Walk<Name, Place>,
  page: (after: Place) => Promise<readonly Row[]>,
): AsyncGenerator<Row> {
  for (let after: Place | undefined = from; after !== undefined; ) {
    const rows: readonly Row[] = await page(after);
    for (const row of rows) yield row;
    after = rows.at(-1)?.[by];
  }
}

/** The ids of all of a noun that there are, in order. */
export async function everyId(
  page: (afterId: string) => Promise<readonly { readonly id: string }[]>,
): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of everyRow({ by: 'id', from: '' }, page)) ids.push(id);
  return ids;
}
