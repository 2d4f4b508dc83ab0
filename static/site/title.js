import {one} from './dom.js'

/**
 * A share's title, wherever its page shows it.
 * @param {string} title
 */
export function showTitle(title) {
  one(document, '#title', HTMLElement).textContent = title
  document.title = `${title} · Stemlink`
}
