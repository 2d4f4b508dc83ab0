const EDGE = 64 // pixels of the window near which the page scrolls along
const STEP = 12

/**
 * Move a row by its grip, with mouse, pen or finger. The rows around it make way as it comes by.
 * @param {PointerEvent} event that took hold of the grip
 * @param {HTMLElement} row
 * @param {(place: number) => void} move to another place among its siblings
 */
export function drag(event, row, move) {
  if (event.button !== 0 || !row.parentElement) return
  event.preventDefault()
  const {pointerId} = event
  const list = row.parentElement
  const held = event.clientY - row.getBoundingClientRect().top // where the row is held: where others are, too, it changes places
  const stop = new AbortController()
  row.classList.add('dragged')
  const follow = (/** @type {PointerEvent} */ {pointerId: other, clientY}) => {
    if (other !== pointerId) return
    const siblings = [...list.children].filter((child) => child !== row)
    const place = siblings.filter((child) => child.getBoundingClientRect().top + held < clientY).length
    if ([...list.children].indexOf(row) !== place) move(place)
    if (clientY < EDGE) window.scrollBy(0, -STEP)
    else if (clientY > window.innerHeight - EDGE) window.scrollBy(0, STEP)
  }
  const end = (/** @type {PointerEvent} */ {pointerId: other}) => {
    if (other !== pointerId) return
    row.classList.remove('dragged')
    stop.abort()
  }
  // On the window, since the list is put in order under the pointer meanwhile.
  window.addEventListener('pointermove', follow, {signal: stop.signal})
  window.addEventListener('pointerup', end, {signal: stop.signal})
  window.addEventListener('pointercancel', end, {signal: stop.signal})
}
