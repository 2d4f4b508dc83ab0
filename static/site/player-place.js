import {whyNotLoaded} from './older.js'
import {gettext} from './words.js'

/**
 * Put the player where the page keeps its place. It is fetched after the page is there, and its absence breaks nothing else.
 * @param {HTMLElement} place with data-manifest-url
 */
export async function showPlayer(place) {
  const unlock = lockHeight(place)
  try {
    const {mountPlayer} = await import('../player/index.js')
    const player = mountPlayer(place, {manifestUrl: place.dataset.manifestUrl ?? '', saysState: false})
    player.on('manifest', unlock)
    return player
  } catch {
    unlock()
    const words = document.createElement('p')
    words.className = 'muted player-missing'
    words.textContent = await whyNotLoaded(gettext('The player could not be loaded. Check the connection, then load this page again.'))
    place.append(words)
    return null
  }
}

/**
 * Keep a place as tall as it is, so that what is below stays where it is until the lanes are there.
 * @param {HTMLElement} place
 */
function lockHeight(place) {
  place.style.minBlockSize = `${place.offsetHeight}px`
  return () => {
    place.style.minBlockSize = ''
  }
}
