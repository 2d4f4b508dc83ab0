/**
 * Turns links to shares into players, on any page of any site:
 *
 *     <a class="stemlink" href="https://stems.example.org/NhLbWqKzT4e">My song</a>
 *     <script async src="https://stems.example.org/widget.js"></script>
 *
 * Without this script the link stays a link. Links that the page adds later become players, too.
 * No module: only a plain script knows where it came from on every site that allows one.
 */
{
  const script = document.currentScript
  const origin = script instanceof HTMLScriptElement ? new URL(script.src).origin : ''
  const LINKS = 'a.stemlink[href]'
  const SHARE = /^\/[A-Za-z0-9]{11}(?=\/?$|\/embed$)/
  const HEIGHT = 420 // of four stems, until the player says how tall it is
  const LOWEST = 220 // below, the player is one row of buttons and would stay it
  const HIGHEST = 4000

  /** @type {Set<HTMLIFrameElement>} */
  const frames = new Set()

  /** @param {HTMLAnchorElement} link */
  const player = (link) => {
    const share = link.origin === origin && SHARE.exec(link.pathname)
    if (!share) return
    const frame = document.createElement('iframe')
    frame.src = `${origin}${share[0]}/embed${link.search}${link.hash}`
    frame.title = link.textContent?.trim() || 'Stemlink'
    frame.allow = 'autoplay; clipboard-write'
    frame.loading = 'lazy'
    frame.style.cssText = `display: block; inline-size: 100%; block-size: ${HEIGHT}px; border: 0`
    frames.add(frame)
    link.replaceWith(frame)
  }

  /** @param {Element|Document} place */
  const look = (place) => {
    if (place instanceof HTMLAnchorElement && place.matches(LINKS)) player(place)
    for (const link of place.querySelectorAll(LINKS)) if (link instanceof HTMLAnchorElement) player(link)
  }

  /** @param {MessageEvent} message */
  const resize = ({source, origin: from, data}) => {
    if (from !== origin || data?.context !== 'stemlink' || data.event !== 'resize' || !Number.isFinite(data.height)) return
    for (const frame of frames) {
      if (!frame.isConnected) frames.delete(frame)
      else if (frame.contentWindow === source) {
        frame.style.blockSize = `${Math.min(Math.max(data.height, LOWEST), HIGHEST)}px`
      }
    }
  }

  // A page with several players may have the script several times.
  const once = Symbol.for(`stemlink widget of ${origin}`)
  if (origin && !(once in window)) {
    Object.defineProperty(window, once, {value: true})
    window.addEventListener('message', resize)
    look(document)
    new MutationObserver((changes) => {
      for (const {addedNodes} of changes) {
        for (const node of addedNodes) if (node instanceof Element) look(node)
      }
    }).observe(document, {childList: true, subtree: true})
  }
}
