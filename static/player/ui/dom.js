/** @typedef {Node|string} Child */

/**
 * Makes an element. Properties with a hyphen and `role` become attributes, the rest are set as they are.
 * What comes from outside only ever becomes text.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [properties]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-') || name === 'role') element.setAttribute(name, String(value))
    else Object.assign(element, {[name]: value})
  }
  element.append(...children)
  return element
}

/**
 * Sets an attribute only when it changes: screen readers and style engines are spared.
 * @param {Element} element
 * @param {string} name
 * @param {string|boolean|number} value
 */
export function attribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value))
}

/**
 * A name for everybody: spoken, and shown by the pointer.
 * @param {Element} element
 * @param {string} label
 */
export function name(element, label) {
  attribute(element, 'title', label)
  attribute(element, 'aria-label', label)
}

/**
 * @param {Element} element
 * @param {string} text
 */
export function text(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/**
 * A text that screen readers hear only when it comes to another stage: every quarter, say, and not every percent.
 * @param {HTMLElement} element
 * @param {string} said
 * @param {string} stage
 */
export function tell(element, said, stage) {
  if (element.textContent === said) return
  attribute(element, 'aria-live', element.dataset.stage === stage ? 'off' : 'polite')
  element.dataset.stage = stage
  text(element, said)
}

const SVG = 'http://www.w3.org/2000/svg'

/** Outlines on a grid of 24. */
const ICONS = {
  play: 'M7 4.5v15l12.5-7.5z',
  pause: 'M6.5 4.5h4v15h-4zM13.5 4.5h4v15h-4z',
  loop: 'M17 2l4 4-4 4V7H7v5H5V5h12zM7 22l-4-4 4-4v3h10v-5h2v7H7z',
  plus: 'M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z',
  minus: 'M5 11h14v2H5z',
  speaker: 'M3 9v6h4l5 5V4L7 9zM14.5 8.2v7.6a4 4 0 0 0 0-7.6zM14.5 3.6v2.1a6.5 6.5 0 0 1 0 12.6v2.1a8.5 8.5 0 0 0 0-16.8z',
  more: 'M10 5h4v4h-4zM10 10h4v4h-4zM10 15h4v4h-4z',
  open: 'M7 9l5 5 5-5 1.4 1.4L12 16.8 5.6 10.4z',
}

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg')
  const path = document.createElementNS(SVG, 'path')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  svg.classList.add('pl-icon')
  path.setAttribute('d', ICONS[name])
  svg.append(path)
  return svg
}

/**
 * @param {string} className
 * @param {string} label
 * @param {...Child} children
 */
export function button(className, label, ...children) {
  const made = el('button', {type: 'button', className}, ...children)
  name(made, label)
  return made
}

/**
 * @param {string} className
 * @param {string} label
 * @param {{min: number, max: number, step: number}} range
 */
export function slider(className, label, range) {
  const input = el('input', {type: 'range', className, ...range})
  name(input, label)
  return input
}

/**
 * @param {HTMLInputElement} input a slider whose track is filled up to its value
 * @param {number} value
 * @param {string} said the value in words
 */
export function setSlider(input, value, said) {
  const [min, max] = [Number(input.min), Number(input.max)]
  input.valueAsNumber = value
  input.style.setProperty('--part', String((value - min) / (max - min)))
  attribute(input, 'aria-valuetext', said)
}

/**
 * Fits a canvas to its box at the pixel ratio of the screen and clears it.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width CSS pixels
 * @param {number} height CSS pixels
 * @returns {{pen: CanvasRenderingContext2D, width: number, height: number, ratio: number}} sizes in device pixels
 */
export function fit(canvas, width, height) {
  const ratio = globalThis.devicePixelRatio || 1
  const size = {width: Math.max(1, Math.round(width * ratio)), height: Math.max(1, Math.round(height * ratio))}
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size)
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'))
  pen.clearRect(0, 0, size.width, size.height)
  return {pen, ...size, ratio}
}
