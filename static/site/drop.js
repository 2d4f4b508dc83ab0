/**
 * The ways a file gets in: dropped anywhere on the page, pasted, or chosen.
 * @param {HTMLElement} zone shows that something may be dropped; a click on it chooses
 * @param {HTMLInputElement} input
 * @param {(files: File[]) => void} take
 */
export function acceptFiles(zone, input, take) {
  const offer = (/** @type {FileList|undefined|null} */ files) => files?.length && take([...files])
  let depth = 0 // dragenter and dragleave come for every element on the way
  const drag = (/** @type {number} */ change) => {
    depth = Math.max(0, depth + change)
    document.body.classList.toggle('dragging', depth > 0)
  }

  input.multiple = true
  input.addEventListener('change', () => {
    offer(input.files)
    input.value = '' // so that the same file can be chosen again
  })
  zone.addEventListener('click', (event) => {
    if (event.target instanceof Element && !event.target.closest('input, label, select, button')) input.click()
  })
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
    offer(event.dataTransfer?.files)
  })
  document.addEventListener('paste', (event) => {
    if (!event.clipboardData?.files.length) return // text goes where it was pasted
    event.preventDefault()
    offer(event.clipboardData.files)
  })
}

/** @param {DragEvent} event */
const hasFiles = (event) => event.dataTransfer?.types.includes('Files') ?? false
