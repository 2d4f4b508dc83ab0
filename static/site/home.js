import {one, tell} from './dom.js'
import {acceptFiles} from './drop.js'
import {refusal} from './files.js'
import {showPlayer} from './player-place.js'
import {Queue} from './queue.js'
import {ShareList} from './share-list.js'
import {Shares} from './shares.js'
import {UploadRow} from './upload-row.js'
import {gettext} from './words.js'

// The first page: songs come in, links go out, and this browser remembers them.
const zone = one(document, '#drop', HTMLFormElement)
const model = /** @type {HTMLSelectElement|null} */ (document.querySelector('#model'))
const shares = new Shares()
const list = new ShareList(shares)
const queue = new Queue()

if (!shares.lasting) {
  tell(
    one(document, '#shares-note', HTMLElement),
    gettext('This browser keeps nothing for us. Copy the manage link of a share before you leave, or you can never change it.'),
  )
}

acceptFiles(zone, one(document, '#song', HTMLInputElement), (files) => {
  one(document, '#uploads', HTMLElement).hidden = false
  for (const file of files) {
    const row = new UploadRow(file, {
      queue,
      model: () => model?.value ?? '',
      refusal: refusal(file, Number(zone.dataset.maxBytes)),
      onCreated(created, title) {
        shares.put({id: created.id, url: created.url, token: created.edit_token, title, state: created.state, created: Date.now()})
        list.show()
      },
    })
    one(document, '#upload-list', HTMLElement).append(row.element)
  }
})

model?.addEventListener('change', () => {
  tell(one(document, '#model-about', HTMLElement), model.selectedOptions[0]?.dataset.about ?? '')
})

window.addEventListener('beforeunload', (event) => {
  if (queue.busy) event.preventDefault() // the browser asks whether to leave an upload behind
})

const demo = document.querySelector('.player')
if (demo instanceof HTMLElement) void showPlayer(demo)
