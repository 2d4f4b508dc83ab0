import {chosen, one, tell} from './dom.js'
import {acceptAnywhere, acceptChosen, choosesByClick} from './drop.js'
import {showPlayer} from './player-place.js'
import {ShareList} from './share-list.js'
import {Shares} from './shares.js'
import {Songs} from './songs.js'
import {Composer} from './stems/composer.js'
import {linksIn} from './stems/links.js'
import {gettext, interpolate} from './words.js'

/** @typedef {import('./upload.js').Created} Created */

// The first page: songs, stems and links come in, links go out, and this browser remembers them.
const stemsForm = one(document, '#stems-form', HTMLFormElement)
const shares = new Shares()
const list = new ShareList(shares)

tellKeeping()

/** Whoever would lose a share by leaving is told while it can be helped. */
function tellKeeping() {
  if (shares.lasting) return
  tell(
    one(document, '#shares-note', HTMLElement),
    gettext('This browser keeps nothing for us. Copy the manage link of a share before you leave, or you can never change it.'),
  )
}

/**
 * @param {Created} created
 * @param {string} title
 */
function remember(created, title) {
  shares.put({id: created.id, url: created.url, token: created.edit_token, title, state: created.state, created: Date.now()})
  tellKeeping()
  list.show()
}

const songs = new Songs(remember)
const composer = new Composer(remember)
const chooseStems = one(document, '#stem-files', HTMLInputElement)

acceptChosen(songs.input, (files) => songs.take(files))
choosesByClick(songs.zone, songs.input)
acceptChosen(chooseStems, (files) => composer.takeFiles(files))
stemsForm.addEventListener('submit', (event) => {
  event.preventDefault()
  composer.takeField()
})

acceptAnywhere(async (files, target) => {
  // Whoever is putting stems together, or drops on their place, has said what they are.
  if (target?.closest('#stems-form, #composer') || (composer.busy && !target?.closest('#drop'))) return composer.takeFiles(files)
  if (files.length === 1) return songs.take(files)
  const kind = await chosen('files-dialog', interpolate(gettext('%(n)s files: what are they?'), {n: files.length}))
  if (kind === 'stems') composer.takeFiles(files)
  if (kind === 'songs') songs.take(files)
}, (text) => {
  const links = linksIn(text)
  if (links.length) composer.takeLinks(links)
  return links.length > 0
})

window.addEventListener('beforeunload', (event) => {
  if (songs.busy || composer.busy) event.preventDefault() // the browser asks whether to leave an upload behind
})

const demo = document.querySelector('.demo .player')
if (demo instanceof HTMLElement) void showPlayer(demo)
