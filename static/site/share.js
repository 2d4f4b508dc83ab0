import {copies, selectsAll} from './copy.js'
import {one, say} from './dom.js'
import {takeToken} from './manage-link.js'
import {Owner, showTitle} from './owner.js'
import {showPlayer} from './player-place.js'
import {Shares} from './shares.js'
import {stateWords} from './states.js'
import {gettext} from './words.js'

/** @typedef {import('../player/core/manifest.js').Manifest} Manifest */

// The page of a share: how it stands, its player, and what its owner can do.
const page = one(document, '#share', HTMLElement)
const words = one(document, '#state-words', HTMLElement)
const progress = one(document, '#progress', HTMLProgressElement)
const link = one(document, '#link', HTMLInputElement)
const id = page.dataset.id ?? ''
const shares = new Shares()

const token = takeToken()
if (token) {
  const title = one(document, '#title', HTMLElement).textContent ?? ''
  const known = shares.get(id)
  shares.put({id, url: link.value, token, title, state: page.dataset.state ?? '', created: known?.created ?? Date.now()})
}
const mine = shares.get(id)
const owner = mine && new Owner(mine, shares)
owner?.show(page.dataset.state ?? '')

for (const button of page.querySelectorAll('[data-copy-from]')) {
  if (!(button instanceof HTMLElement)) continue
  const field = /** @type {HTMLInputElement} */ (one(document, `#${button.dataset.copyFrom}`, HTMLElement))
  copies(button, () => field.value)
  selectsAll(field)
}
const copyFirst = one(document, '#copy-first', HTMLButtonElement)
copies(copyFirst, () => link.value)
copyFirst.hidden = false

/** @type {Manifest|null} */
let latest = null
let announced = milestone(page.dataset.state ?? '', 0)

/** @param {Manifest} manifest */
function show(manifest) {
  latest = manifest
  page.dataset.state = manifest.state
  delete page.dataset.offline
  words.textContent = stateWords(manifest)
  progress.hidden = manifest.state !== 'running'
  progress.value = manifest.progress
  owner?.show(manifest.state)
  if (one(document, '#title', HTMLElement).textContent !== manifest.title) showTitle(manifest.title)
  shares.note(manifest)
  // A screen reader hears every change of state and every quarter, not every percent.
  const now = milestone(manifest.state, manifest.progress)
  if (now !== announced) say(stateWords(manifest))
  announced = now
}

/**
 * @param {string} state
 * @param {number} far
 */
function milestone(state, far) {
  return state === 'running' ? `running ${Math.floor(far * 4)}` : state
}

/** @param {string|null} problem as the player names it, null when all is well again */
function lost(problem) {
  if (problem === 'gone' || problem === 'missing') return location.reload() // the server has a page for that
  if (!problem) return latest && show(latest)
  page.dataset.offline = ''
  words.textContent =
    problem === 'offline'
      ? gettext('You are offline. What is loaded keeps playing; the rest follows when you are back.')
      : gettext('The service does not answer. What is loaded keeps playing; trying again.')
  say(words.textContent)
}

const ended = ['failed', 'cancelled'].includes(page.dataset.state ?? '')
if (!ended) void showPlayer(one(page, '.player', HTMLElement)).then((player) => {
  player?.on('manifest', show)
  player?.on('problem', lost)
})
