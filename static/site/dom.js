/**
 * The one element inside `root` that must be there.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
export function one(root, selector, type) {
  const found = root.querySelector(selector)
  if (!(found instanceof type)) throw new Error(`The page lacks ${selector}`)
  return found
}

/**
 * A fresh copy of what is in `<template id=...>`.
 * @param {string} id
 */
export function copyOf(id) {
  const first = one(document, `template#${id}`, HTMLTemplateElement).content.firstElementChild
  return /** @type {HTMLElement} */ (document.importNode(/** @type {Element} */ (first), true))
}

/**
 * Tell a screen reader, without moving anything that can be seen.
 * @param {string} text
 */
export function say(text) {
  one(document, '#said', HTMLElement).textContent = text
}

/**
 * Show an element with this text, or hide it for none.
 * @param {HTMLElement} element
 * @param {string|null} text
 */
export function tell(element, text) {
  element.textContent = text
  element.hidden = !text
}

/**
 * Disable a control while its action is under way. Browsers take the focus from what is disabled: it comes back, unless it
 * has gone elsewhere.
 * @param {HTMLButtonElement} control
 * @param {() => Promise<void>} action
 * @param {HTMLElement} [instead] gets the focus where the control is gone by then
 */
export async function during(control, action, instead = control) {
  const hadFocus = document.activeElement === control
  control.disabled = true
  try {
    await action()
  } finally {
    control.disabled = false
    if (hadFocus && document.activeElement === document.body) (control.hidden ? instead : control).focus()
  }
}

/**
 * Say whether a button does anything now. Other than one that is `disabled` it keeps the focus.
 * @param {HTMLButtonElement} button
 * @param {boolean} allowed
 */
export function allow(button, allowed) {
  button.setAttribute('aria-disabled', String(!allowed))
}

/** @param {HTMLButtonElement} button */
export const isAllowed = (button) => button.getAttribute('aria-disabled') !== 'true'

/**
 * Ask for a yes in one of the page's dialogs. Escape and "Keep it" mean no.
 * @param {string} id of the <dialog>
 * @param {string} title what it is about
 */
export const confirmed = async (id, title) => (await chosen(id, title)) === 'yes'

/**
 * Ask for a choice in one of the page's dialogs.
 * @param {string} id of the <dialog>
 * @param {string} title what it is about
 * @returns {Promise<string>} the value of the button; empty for Escape
 */
export function chosen(id, title) {
  const dialog = one(document, `dialog#${id}`, HTMLDialogElement)
  one(dialog, '[data-title]', HTMLElement).textContent = title
  dialog.returnValue = ''
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue), {once: true})
  })
}
