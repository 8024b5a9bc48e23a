/** Whether a database is named by a URL of PostgreSQL. */
export const isPostgres = (db: string): boolean => /^postgres(?:ql)?:\/\//i.test(db);

/** What a URL says besides what the driver reads: `schema`, in which the tables lie; undefined for that of the connection. */
export function schemaOf(url: string): { readonly url: string; readonly schema: string | undefined } {
  const parsed = new URL(url);
  const schema = parsed.searchParams.get('schema') ?? undefined;
  parsed.searchParams.delete('schema');
  return { url: parsed.href, schema };
}

/** Whether a schema may be called so, without quotes. */
export const isSchemaName = (name: string): boolean => /^[a-z_][a-z0-9_]{0,62}$/.test(name);

/** A URL without its password and what else may be secret: for errors and status. */
export function shownUrl(url: string): string {
  const { protocol, username, host, pathname, searchParams } = new URL(url);
  const schema = searchParams.get('schema');
  return `${protocol}//${username ? `${username}@` : ''}${host}${pathname}${schema ? `?schema=${schema}` : ''}`;
}
