// What was found, in four lists.
import { Wrong } from "./bytes.mjs";

/** A needed file that is not here. */
export class Missing extends Error {}

/** `notes`: what no package shows, or what is right and worth knowing; they decide nothing. */
export class Report {
  constructor() {
    [this.checked, this.notChecked, this.wrong, this.notes] = [[], [], [], []];
  }

  #add(list, text) {
    if (!list.includes(text)) list.push(text);
  }

  unsure(text) {
    this.#add(this.notChecked, text);
  }

  bad(text) {
    this.#add(this.wrong, text);
  }

  note(text) {
    this.#add(this.notes, text);
  }

  /** Run one step; what it throws is put under its name. Whether it was right. */
  step(name, work) {
    try {
      const said = work();
      this.#add(this.checked, typeof said === "string" ? `${name}: ${said}` : name);
      return true;
    } catch (error) {
      if (error instanceof Missing) this.unsure(`${name}: ${error.message} is missing`);
      else if (error instanceof Wrong) this.bad(`${name}: ${error.message}`);
      else this.bad(`${name}: not readable (${error.stack ?? error})`);
      return false;
    }
  }

  /** Refuse quietly: one sentence for one thing that must hold. */
  must(condition, text) {
    if (!condition) this.bad(text);
    return Boolean(condition);
  }

  json() {
    const ok = this.wrong.length === 0 && this.notChecked.length === 0;
    return {
      ok,
      checked: this.checked,
      not_checked: this.notChecked,
      wrong: this.wrong,
      notes: this.notes,
    };
  }

  code() {
    if (this.wrong.length > 0) return 1;
    return this.notChecked.length > 0 ? 2 : 0;
  }
}
