/**
 * Files that are dropped or pasted anywhere on the page, and text that is pasted where nobody writes.
 * @param {(files: File[], target: Element|null) => void} take `target`: what they were dropped on
 * @param {(text: string) => boolean} [read] returns whether it made use of the text
 */
export function acceptAnywhere(take, read = () => false) {
  const offer = (/** @type {FileList|undefined} */ files, /** @type {EventTarget|null} */ target) => {
    if (files?.length) take([...files], target instanceof Element ? target : null)
  }
  let depth = 0 // dragenter and dragleave come for every element on the way
  const drag = (/** @type {number} */ change) => {
    depth = Math.max(0, depth + change)
    document.body.classList.toggle('dragging', depth > 0)
  }

  document.addEventListener('dragenter', (event) => hasFiles(event) && drag(1))
  document.addEventListener('dragleave', (event) => hasFiles(event) && drag(-1))
  document.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy'
  })
  document.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    drag(-depth)
    offer(event.dataTransfer?.files, event.target)
  })
  document.addEventListener('paste', (event) => {
    if (event.clipboardData?.files.length) {
      event.preventDefault()
      offer(event.clipboardData.files, null)
      return
    }
    if (event.target instanceof Element && event.target.closest('input, textarea')) return // it goes where it was pasted
    if (read(event.clipboardData?.getData('text/plain') ?? '')) event.preventDefault()
  })
}

/**
 * Files that are chosen.
 * @param {HTMLInputElement} input
 * @param {(files: File[]) => void} take
 */
export function acceptChosen(input, take) {
  input.multiple = true
  input.addEventListener('change', () => {
    if (input.files?.length) take([...input.files])
    input.value = '' // so that the same file can be chosen again
  })
}

/**
 * A click on a zone, except on what can be operated in it, chooses files.
 * @param {HTMLElement} zone
 * @param {HTMLInputElement} input
 */
export function choosesByClick(zone, input) {
  zone.addEventListener('click', (event) => {
    if (event.target instanceof Element && !event.target.closest('input, label, select, button, textarea')) input.click()
  })
}

/** @param {DragEvent} event */
const hasFiles = (event) => event.dataTransfer?.types.includes('Files') ?? false
