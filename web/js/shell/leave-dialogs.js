/** What stands over a page is about that page: once the browser goes a step, nothing of it is left open. */

/** Closes every dialog, menu and popover. Where an entry fills the window, it is the page. */
export function leaveDialogs() {
  for (const open of document.querySelectorAll("dialog[open]:not(.detail-page), [popover]:popover-open")) {
    if (open instanceof HTMLDialogElement) open.close();
    else if (open instanceof HTMLElement) open.hidePopover();
  }
}
