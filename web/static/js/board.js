// The lines of the board as they arrive. A row that is new stands on top, marked, until the page is loaded
// again, and the title of the page counts such rows. A row that is there keeps its place and gets the words
// of its alert as they are now. Rows that are gone go.

import { timeOfDay } from "./liveness.js";

const board = document.querySelector("#board");
const words = document.querySelector("[data-live]").dataset;
const title = document.title;
const rowsOf = (place) => new Map([...place.querySelectorAll("[data-society]")].map((row) => [row.dataset.society, row]));

function mark(row, kind) {
  row.classList.remove("is-new", "is-changed");
  row.classList.add(`is-${kind}`);
  const said = document.createElement("strong");
  said.dataset.mark = kind;
  said.textContent = `${kind === "new" ? words.wordNew : words.wordChanged} ${timeOfDay(Date.now())}`;
  row.querySelector(".meta").prepend(said, " · ");
}

/** What a row says, without our mark on it and without its age, which changes with every day. */
function told(row) {
  const copy = row.cloneNode(true);
  copy.querySelector("[data-mark]")?.nextSibling.remove();
  for (const part of copy.querySelectorAll("[data-mark], [data-age]")) part.remove();
  return copy.innerHTML;
}

function update(row, fresh) {
  const kept = row.querySelector("[data-mark]");
  const differs = told(row) !== told(fresh);
  const older = row.querySelector("[data-age]").textContent !== fresh.querySelector("[data-age]").textContent;
  if (!differs && !older) return;
  row.replaceChildren(...fresh.childNodes);
  if (differs) mark(row, kept?.dataset.mark === "new" ? "new" : "changed");
  else if (kept) row.querySelector(".meta").prepend(kept, " · ");
}

function place(list, fresh, known) {
  for (const [society, row] of known) if (!fresh.has(society)) row.remove();
  for (const [society, row] of [...fresh].reverse()) {
    if (known.has(society)) {
      update(known.get(society), row);
    } else {
      row.classList.remove("is-changed");
      list.prepend(row);
      mark(row, "new");
    }
  }
}

/** Bring the page to these lines. */
export function show(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  const known = rowsOf(board);
  const fresh = rowsOf(made.content);
  const list = board.querySelector("ol");
  if (list && fresh.size) {
    board.firstElementChild.replaceWith(made.content.firstElementChild);
    place(list, fresh, known);
  } else {
    board.replaceChildren(made.content);
    for (const row of fresh.values()) {
      row.classList.remove("is-changed");
      mark(row, "new");
    }
  }
  const count = board.querySelectorAll(".is-new").length;
  document.title = count ? `(${count}) ${title}` : title;
}
