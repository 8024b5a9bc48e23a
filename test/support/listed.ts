import type { connect } from './connect.js';

type Server = Awaited<ReturnType<typeof connect>>;

/** All resources that a client is listed, page after page. */
export async function listed({ client }: Server): Promise<{ uri: string; name: string }[]> {
  const resources: { uri: string; name: string }[] = [];
  let cursor: string | undefined;
  do {
    const params = cursor === undefined ? {} : { cursor };
    const page = await client.request({ method: 'resources/list', params });
    resources.push(...page.resources);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return resources;
}
