/**
 * The edit token that a manage link carries in its fragment, which is dropped from the address bar: whoever copies the
 * address from there hands on the share, not the right to delete it.
 * @returns {string|null}
 */
export function takeToken() {
  const token = /^#edit=([\w-]{1,200})$/.exec(location.hash)?.[1] ?? null
  if (token) history.replaceState(history.state, '', location.pathname + location.search)
  return token
}
