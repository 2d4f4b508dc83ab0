import {owns} from './api.js'
import {copies, selectsAll} from './copy.js'
import {one, say, tell} from './dom.js'
import {dropToken, tokenOfLink} from './manage-link.js'
import {whyNotLoaded} from './older.js'
import {showPlayer} from './player-place.js'
import {Shares} from './shares.js'
import {playsBySpace} from './space.js'
import {stateWords} from './states.js'
import {showTitle} from './title.js'
import {gettext} from './words.js'

/** @typedef {import('../player/core/manifest.js').Manifest} Manifest */

// The page of a share: how it stands, its player, and what its owner can do.
const page = one(document, '#share', HTMLElement)
const words = one(document, '#state-words', HTMLElement)
const progress = one(document, '#progress', HTMLProgressElement)
const link = one(document, '#link', HTMLInputElement)
const id = page.dataset.id ?? ''
const shares = new Shares()

const token = tokenOfLink()
if (token && (shares.get(id)?.token ?? token) === token) keep(token)
/** @type {import('./owner/owner.js').Owner|null} */
let owner = null
const mine = shares.get(id)
if (mine) {
  one(page, '#owner', HTMLElement).hidden = false // before anything is painted: what is below doesn't move later
  void (token && token !== mine.token ? prove(token).then(() => manage(shares.get(id) ?? mine)) : manage(mine))
}
// A manage link that is opened where its share is shown already changes the fragment, and no more.
window.addEventListener('hashchange', () => tokenOfLink() && location.reload())

/** @param {string} token */
function keep(token) {
  const title = one(document, '#title', HTMLElement).textContent ?? ''
  shares.put({id, url: link.value, token, title, state: page.dataset.state ?? '', created: shares.get(id)?.created ?? Date.now()})
  if (shares.lasting) dropToken() // else the address bar is the only place that keeps it
}

/**
 * Another token than the known one takes its place only if the service knows it: a wrong link takes nothing away.
 * @param {string} token
 */
async function prove(token) {
  try {
    if (await owns(id, token)) keep(token)
    else dropToken()
  } catch {
    // It stays in the address bar, and is asked for when the page is loaded again.
  }
}

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
  owner?.take(manifest)
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

/**
 * What only owners need is fetched for them alone.
 * @param {import('./shares.js').Mine} mine
 */
async function manage(mine) {
  try {
    const {Owner} = await import('./owner/owner.js')
    owner = new Owner(mine, shares, {onSaved: saved, onSet: (manifest) => player?.update(manifest)}, 'hosted' in page.dataset)
    owner.show(page.dataset.state ?? '')
    if (latest) owner.take(latest)
    one(page, '#owner', HTMLElement).inert = false // a click that came sooner would have been lost
  } catch {
    const otherwise = gettext('What you need to change this share could not be loaded. Check the connection, then load this page again.')
    tell(one(page, '#owner-problem', HTMLElement), await whyNotLoaded(otherwise))
  }
}

/**
 * What the owner has saved is heard at once.
 * @param {Manifest} manifest
 */
function saved(manifest) {
  // This page may play from other hosts only if it was loaded so; and a page without a player has no place for one.
  const hosted = manifest.stems.some((stem) => stem.kind === 'hosted')
  if ((hosted && !('hosted' in page.dataset)) || ended) return location.reload()
  player?.update(manifest)
  player?.mix.reset()
}

const ended = ['failed', 'cancelled'].includes(page.dataset.state ?? '')
/** @type {import('../player/player.js').Player|null} */
let player = null
if (!ended) void showPlayer(one(page, '.player', HTMLElement)).then((shown) => {
  player = shown
  if (player) playsBySpace(player)
  player?.on('manifest', show)
  player?.on('problem', lost)
})
