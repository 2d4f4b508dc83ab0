/** The embed page: one player, the whole frame. */
import {mountPlayer} from './index.js'

for (const element of document.querySelectorAll('.player')) {
  if (!(element instanceof HTMLElement)) continue
  const manifestUrl = element.dataset.manifestUrl
  if (manifestUrl) mountPlayer(element, {manifestUrl})
}
