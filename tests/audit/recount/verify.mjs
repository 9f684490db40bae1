// All steps of docs/formats/verifying.md in their order, over packages that are in memory.
import { Against } from "./against.mjs";
import { Books } from "./books.mjs";
import { Reading } from "./ballots.mjs";
import { Chain, StateHeads } from "./chain.mjs";
import { checkUsed, openEntries } from "./contents.mjs";
import { Meeting } from "./meeting.mjs";
import { Package } from "./package.mjs";
import { Policy } from "./policy.mjs";
import { Kinds } from "./record.mjs";
import { Report } from "./report.mjs";
import { checkResults, listedOf } from "./results.mjs";

/** Read a package and follow it to the state log; null if that did not succeed. */
function read([name, bytes], given, kinds, heads, report) {
  let [pack, policy] = [null, given];
  const readable = report.step(`${name}: every byte of the zip`, () => {
    pack = new Package(name, bytes);
    if (policy === null) {
      policy = new Policy(pack.get("policy"));
      report.unsure("the policy: taken from a package, not compared with an outside copy");
    }
    return `${pack.files.size} members`;
  });
  if (!readable) return null;
  const chain = new Chain(pack, policy, kinds, heads, report);
  if (!report.step(`${name}: entries to the state log`, () => chain.check())) return null;
  if (!report.step(`${name}: documents and openings`, () => openEntries(pack, kinds, report))) {
    return null;
  }
  for (const text of policy.unable) report.unsure(text);
  return pack;
}

function society(packs, report) {
  const books = new Books(packs, report);
  let right = report.step("society: one history", () => books.history());
  right = report.step("society: officers' keys", () => books.checkOfficers()) && right;
  right = report.step("society: members' keys", () => books.checkMembers()) && right;
  right = report.step("society: register", () => books.checkRegister()) && right;
  report.note("the books (vouchers, loans, figures of statements) are not read by this program");
  return right ? books : null;
}

function recount(pack, books, rules, kinds, report) {
  const meeting = new Meeting(pack, books, report);
  const steps = [
    ["notice", () => meeting.notice()],
    ["resolutions", () => meeting.resolutions()],
    ["roll", () => meeting.roll(kinds)],
    ["rule file and days of notice", () => meeting.rules(rules)],
  ];
  for (const [name, work] of steps) {
    if (!report.step(`${pack.name}: ${name}`, work) && report.wrong.length > 0) return;
  }
  if (meeting.standing === undefined) return;
  const against = meeting.version === 2 && books ? new Against(meeting, books, report) : null;
  if (against) report.step(`${pack.name}: places in the books`, () => against.places());
  else if (meeting.version === 2) report.unsure("the meeting against its society's books");
  const reading = new Reading(meeting);
  if (meeting.of("result").length === 0) {
    report.unsure(`${pack.name}: there is no result, the meeting is not closed`);
  } else if (meeting.lines === undefined) {
    report.unsure(`${pack.name}: results are not recounted, the roll is not here`);
  } else report.step(`${pack.name}: ballots and results`, () => {
    if (meeting.version === 1) reading.readOne(books);
    else {
      const whole = against?.known && books.whole;
      reading.readTwo(listedOf(meeting), whole ? books.officersAt(against.roll) : null);
    }
    return checkResults(meeting, reading);
  });
  if (!against?.known) return;
  report.step(`${pack.name}: opening of the register`, () => against.opening());
  if (meeting.lines) report.step(`${pack.name}: keys of the roll in force`, () => against.keys());
  if (against.end === null) return;
  report.step(`${pack.name}: counts of the books`, () => against.counts());
  report.step(`${pack.name}: changes of keys`, () => against.changes());
  report.step(`${pack.name}: two officers for each change`, () => against.officers());
}

/**
 * Verify packages, `[[name, bytes], …]`, under the bytes of a policy (null: the package's own) and
 * with the bytes of rule files; `page` is the text of docs/formats/kinds.md.
 */
export function verify({ packages, policy: pinned, rules, page }) {
  const [report, heads, kinds] = [new Report(), new StateHeads(), new Kinds(page)];
  let policy = null;
  if (pinned !== null) {
    const made = () => void (policy = new Policy(pinned));
    if (!report.step("policy", made)) return report;
  }
  const packs = packages.map((one) => read(one, policy, kinds, heads, report));
  if (packs.includes(null)) return report;
  const [meetings, societies] = ["meeting", "society"].map((kind) => {
    return packs.filter((pack) => pack.kind === kind);
  });
  const books = societies.length > 0 ? society(societies, report) : null;
  for (const pack of meetings) recount(pack, books, rules, kinds, report);
  report.step("heads of state logs", () => heads.check(report));
  for (const pack of packs) report.step(`${pack.name}: no file too many`, () => checkUsed(pack));
  return report;
}
