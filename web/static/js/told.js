// Findings on the page: their sentences stand in it already, in its language; here their places are
// filled, with amounts in rupees and days as dd/mm/yyyy in India.

import { dayInIndia } from "./verify/sheet.js";

const MONEY = new Set(["filed", "shown"]);
const DAYS = new Set(["as_of", "last", "ordered_on", "day"]);
/** A day that the sentences of a sheet's own day call "filed", as amounts are called elsewhere. */
const FILED = "filed_on";

function rupees(paise) {
  const digits = String(Math.abs(paise)).padStart(3, "0");
  const whole = digits.slice(0, -2).replace(/(\d)(?=(\d\d)+\d$)/g, "$1,");
  return `${paise < 0 ? "-" : ""}${whole}.${digits.slice(-2)}`;
}

function day(text) {
  const iso = text.length === 10 ? text : dayInIndia(text);
  return iso.split("-").reverse().join("/");
}

const wordOf = (words, code) => words.querySelector(`[data-say="${CSS.escape(code)}"]`)?.textContent ?? code;

function nameOf(line) {
  return document.querySelector(`#shown [data-name="${CSS.escape(line)}"] > span`)?.textContent ?? line;
}

function place(words, name, value) {
  if (MONEY.has(name)) return rupees(value);
  if (DAYS.has(name)) return day(value);
  if (name === "line") return nameOf(value);
  return ["role", "ground", "fault"].includes(name) ? wordOf(words, `${name}.${value}`) : String(value);
}

/** The sentence of a finding in the page's language. */
export const sentence = (words, { code, places }) => wordOf(words, code)
  .replaceAll(/\{(\w+)\}/g, (whole, name) => {
    if (name === "filed" && FILED in places) return day(places[FILED]);
    return name in places ? place(words, name, places[name]) : whole;
  });

/** Put findings into the boxes of the page, one for each colour; empty boxes stay hidden. */
export function show(section, words, found) {
  section.hidden = found.length === 0;
  for (const box of section.querySelectorAll("[data-colour]")) {
    const mine = found.filter(({ colour }) => colour === box.dataset.colour);
    box.hidden = mine.length === 0;
    box.querySelector("ul").replaceChildren(...mine.map((one) => {
      const item = document.createElement("li");
      item.dataset.code = one.code;
      item.textContent = sentence(words, one);
      return item;
    }));
  }
}
