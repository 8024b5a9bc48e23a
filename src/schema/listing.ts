import type { ScopeFilter } from './scope.js';

/** Part of a listing in order of id: so many after one. */
export type Page = { readonly afterId?: string | undefined; readonly limit: number };

export type ScopedPage = Page & { readonly scope: ScopeFilter };

/** A noun as listings show it. */
export type Titled = { readonly id: string; readonly title: string };
