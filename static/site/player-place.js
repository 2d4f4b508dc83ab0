import {gettext} from './words.js'

/**
 * Put the player where the page keeps its place. It is fetched after the page is there, and its absence breaks nothing else.
 * @param {HTMLElement} place with data-manifest-url
 */
export async function showPlayer(place) {
  try {
    const {mountPlayer} = await import('../player/index.js')
    return mountPlayer(place, {manifestUrl: place.dataset.manifestUrl ?? ''})
  } catch {
    const words = document.createElement('p')
    words.className = 'muted'
    words.textContent = gettext('The player could not be loaded. Check the connection, then load this page again.')
    place.append(words)
    return null
  }
}
