/** The embed page: one player, the whole frame. The page around is told how tall it is (widget.js). */
import {mountPlayer} from './index.js'

const main = document.querySelector('main')
const element = main?.querySelector('.player')
if (element instanceof HTMLElement && element.dataset.manifestUrl) {
  mountPlayer(element, {manifestUrl: element.dataset.manifestUrl})
}
if (main) {
  new ResizeObserver(() => {
    if (!main.querySelector('.pl-lane')) return
    const height = Math.ceil(main.getBoundingClientRect().height)
    window.parent.postMessage({context: 'stemlink', event: 'resize', height}, '*') // no secret
  }).observe(main)
}
