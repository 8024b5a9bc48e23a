import { join } from 'node:path';

/** Where a newer Node is and the tools and clients that need it, as `.ci/with-newer-node` leaves them. */
export function newerNode() {
  const folder = process.env.NEWER_NODE;
  if (!folder)
    throw new Error('These tests need a newer Node and what runs on it: run them with `npm run test:newer`.');
  return {
    node: join(folder, 'bin/node'),
    folder,
    path: (inPackages: string) => join(folder, 'node_modules', inPackages),
  };
}
