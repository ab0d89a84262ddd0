/** What Escape does: one step out of what is open, the innermost first. */

/**
 * Out of the field, of the sheet, of the entry, of the request, of the panel, of a time, of the current row.
 * @param {import("../watch-state.js").WatchState} state
 */
export function stepOut(state) {
  const { watch, host } = state;
  if (host.isInQuery()) {
    if (watch.filter.text) state.views.leave(() => state.setQuery(""));
    else host.focus("list");
  } else if (state.sheet) state.showSheet(false);
  else if (watch.bare) state.surroundings.leave();
  else if (state.openEntry.entry) state.openEntry.close();
  else if (state.request.isShown) state.request.leave();
  else if (state.panel !== "log") state.openPanel("log");
  else if (state.span.range) state.span.all();
  else state.place.select(null);
}
