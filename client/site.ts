// Whether this page is of a site that is only files: `npm run site` marks its pages so.

/** True where there is no server to ask: the data lies beside the page. */
export const isSite = (): boolean => document.documentElement.dataset.site !== undefined
