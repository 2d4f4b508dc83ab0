import {el} from './dom.js'

/**
 * Loads a style sheet beside the player's own, for what is fetched with its use. One that didn't come may be loaded again.
 * @param {HTMLElement} host
 * @param {string} file
 * @returns {Promise<void>}
 */
export function loadStyle(host, file) {
  const href = new URL(`../${file}`, import.meta.url).href
  return new Promise((resolve, reject) => {
    const onerror = () => [link.remove(), reject(new Error(href))]
    const link = el('link', {rel: 'stylesheet', href, onload: () => resolve(), onerror})
    host.append(link)
  })
}
