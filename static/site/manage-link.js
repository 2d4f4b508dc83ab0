/** @returns {string|null} the edit token that a manage link carries in its fragment */
export const tokenOfLink = () => /^#edit=([\w-]{1,200})$/.exec(location.hash)?.[1] ?? null

/**
 * Drop it from the address bar, once this browser keeps it: whoever copies the address from there hands on the share, not
 * the right to delete it.
 */
export function dropToken() {
  history.replaceState(history.state, '', location.pathname + location.search)
}
