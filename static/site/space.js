/** @typedef {import('../player/player.js').Player} Player */

/**
 * Space plays and pauses wherever nothing has the focus that could want it; within the player its own keys do so.
 * @param {Player} player of the share that this page is about
 */
export function playsBySpace(player) {
  document.addEventListener('keydown', (event) => {
    if (event.key !== ' ' || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return
    const target = /** @type {HTMLElement} */ (event.target)
    // What only scripts give the focus to, as headings, does nothing with a key. In front of a dialog nobody means the page.
    const free = target === document.body || (target.tabIndex === -1 && target.hasAttribute('tabindex') && !target.isContentEditable)
    if (!free || player.duration === null || document.querySelector('dialog[open]')) return
    event.preventDefault()
    if (!event.repeat) player.toggle()
  })
}
