// Alters packages in every way it knows, recounts each, and prints what was found of each.
//
//   node alter.mjs --kinds FILE --policy FILE --rules FILE [MEETING.zip] SOCIETY.zip…
//
// Of a meeting with its society it also makes packages that are right but for what was cheated.
import { readFileSync } from "node:fs";
import { Draft, sealed, strangerSigns } from "./forge.mjs";
import { verify } from "./verify.mjs";
import { archive, manifest } from "./zip.mjs";
import { Package } from "./package.mjs";

const words = process.argv.slice(2);
const option = (name) => readFileSync(words[words.indexOf(name) + 1]);
const [page, policy, rules] = [option("--kinds").toString(), option("--policy"), option("--rules")];
const files = words.filter((word) => word.endsWith(".zip")).map((path) => {
  return [path.split("/").pop(), readFileSync(path)];
});
const found = {};

function tried(name, packages, pinned, brought = [rules]) {
  const report = verify({ packages, policy: pinned, rules: brought, page });
  found[name] = { wrong: report.wrong, not_checked: report.notChecked, notes: report.notes };
}

tried("as it is", files, policy);

/** The two packages with one of them changed. */
const withOne = (at, bytes) => files.map(([name, old], i) => [name, i === at ? bytes : old]);

// One bit of every so many bytes, the zip left as it is.
for (const at of files.keys()) {
  const [name, bytes] = files[at];
  for (let i = at; i < bytes.length; i += 251) {
    const copy = Buffer.from(bytes);
    copy[i] ^= 1 << (i % 8);
    tried(`bit ${name} ${i}`, withOne(at, copy), policy);
  }
  tried(`cut ${name}`, withOne(at, bytes.subarray(0, -1)), policy);
  tried(`more ${name}`, withOne(at, Buffer.concat([bytes, Buffer.of(0)])), policy);
}

// Bits within each member, each member gone, one too many; manifest and zip made again.
for (const at of files.keys()) {
  const [name, bytes] = files[at];
  const members = [...new Package(name, bytes).files].slice(1);
  const remade = (list) => withOne(at, archive([["MANIFEST", manifest(list)], ...list]));
  members.forEach(([member, content], i) => {
    // Under a policy of one's own the one in the package is compared with nothing.
    if (member === "policy") return;
    for (const part of [0, 0.6]) {
      const copy = Buffer.from(content);
      copy[Math.floor(part * copy.length)] ^= 1;
      tried(`remade ${name} ${member} ${part}`, remade(members.with(i, [member, copy])), policy);
    }
    tried(`without ${name} ${member}`, remade(members.toSpliced(i, 1)), policy);
  });
  const more = [...members, ["zzz", Buffer.from("{}")]];
  tried(`with ${name} zzz`, remade(more), policy);
}

// What only a recount can find: everything signed again by whoever holds the keys of the logs.

const result = (draft) => draft.find("result").document;
const insert = (draft, at, entry) => draft.entries.splice(at, 0, { ...entry });
const indexOf = (draft, kind, nth) => draft.entries.indexOf(draft.find(kind, nth));
const remove = (draft, kind, nth) => draft.entries.splice(indexOf(draft, kind, nth), 1);

const CHEATS = {
  "nothing": () => {},
  "a vote more": ({ meeting }) => void (result(meeting).for += 1),
  "carried turned": ({ meeting }) => void (result(meeting).carried = !result(meeting).carried),
  "fewer members": ({ meeting }) => void (result(meeting).members -= 1),
  "another quorum": ({ meeting }) => void (result(meeting).quorum -= 1),
  "ballot dropped": ({ meeting }) => void remove(meeting, "ballot", 0),
  "ballot doubled": ({ meeting }) => {
    const last = meeting.entries.findLastIndex(({ kind }) => kind === "ballot");
    const { at } = meeting.entries[last];
    insert(meeting, last + 1, { ...meeting.find("ballot", 0), at });
  },
  "ballot of another number": ({ meeting }) => {
    meeting.rewrite(meeting.find("ballot", 0), (ballot) => void (ballot.roll_number += 1));
  },
  "later ballot put first": ({ meeting }) => {
    const ballots = meeting.entries.filter(({ kind }) => kind === "ballot");
    const number = ({ opening }) => /"roll_number":\d+/.exec(opening.record)[0];
    const firstOf = (one) => ballots.find((other) => number(other) === number(one));
    const second = ballots.find((one) => firstOf(one) !== one);
    const first = firstOf(second);
    const [a, b] = [{ ...first }, { ...second }];
    Object.assign(first, { opening: b.opening, commitment: b.commitment });
    Object.assign(second, { opening: a.opening, commitment: a.commitment });
  },
  "choice turned": ({ meeting }) => {
    meeting.rewrite(meeting.find("ballot", 0), (ballot) => {
      ballot.choice = ballot.choice === "yes" ? "no" : "yes";
    });
  },
  "signed by a stranger": ({ meeting }) => {
    meeting.rewrite(meeting.find("ballot", 0), (ballot) => {
      ballot.signatures = strangerSigns(ballot, meeting.origin);
    });
  },
  "ballot withheld": ({ meeting }) => void delete meeting.find("ballot", 0).opening,
  "key on the roll changed": ({ meeting }) => {
    const roll = meeting.files.get("roll").toString().replace(/"key":"..../, '"key":"AAAA');
    meeting.files.set("roll", Buffer.from(roll));
  },
  "second result": ({ meeting }) => {
    meeting.entries.push({ ...meeting.find("result") });
  },
  "result gone": ({ meeting }) => void remove(meeting, "result", 0),
  "ballot at the close": ({ meeting }) => {
    const at = meeting.find("meeting").document.closes;
    insert(meeting, indexOf(meeting, "result", 0), { ...meeting.find("ballot", 0), at });
  },
  "shorter notice": ({ meeting }) => {
    const { document } = meeting.find("meeting");
    document.notice_given = document.opens;
  },
  "officer bound twice": ({ society }) => {
    insert(society, indexOf(society, "officer-key", 0), society.find("officer-key", 0));
  },
  "officer revoked before she signed": ({ society }) => {
    const at = indexOf(society, "officer-key", 0);
    const { document } = society.entries[at];
    const revoked = { ...society.entries[at], document: { ...document, action: "revoke" } };
    insert(society, at + 1, revoked);
  },
  "sheet signed by nobody bound": ({ society }) => void remove(society, "officer-key", 0),
  "figure of the sheet": ({ society }) => {
    society.find("statement").document.totals.assets += 1;
  },
};

const CHEATS_TWO = {
  "valid ballot listed as left out": ({ meeting }) => {
    const made = result(meeting);
    const index = indexOf(meeting, "ballot", 0);
    made.left_out.unshift({ index, reason: "ballot-signature" });
    Object.assign(made, { accepted: made.accepted - 1, for: made.for - 1, voted: made.voted - 1 });
    made.present -= 1;
  },
  "valid ballot listed as not open": ({ meeting }) => {
    const made = result(meeting);
    const index = indexOf(meeting, "ballot", 6);
    delete meeting.entries[index].opening;
    made.left_out.splice(1, 0, { index, reason: "not-open" });
    Object.assign(made, { accepted: made.accepted - 1, abstained: made.abstained - 1 });
    made.present -= 1;
  },
  "left out ballot not listed": ({ meeting }) => void result(meeting).left_out.pop(),
  "another reason": ({ meeting }) => void (result(meeting).left_out[0].reason = "ballot-replayed"),
  "change of a key hidden": ({ meeting }) => void remove(meeting, "roll-change", 0),
  "assistance hidden": ({ meeting }) => void remove(meeting, "assistance", 0),
  "re-issue not told": ({ meeting }) => void (result(meeting).reissues = 0),
  "another place": ({ meeting }) => void (result(meeting).book_size -= 1),
  "another opening": ({ meeting }) => {
    const { document } = meeting.find("roll");
    document.opening = "0".repeat(64);
  },
  "two offices in one": ({ society }) => {
    society.find("register-opening").document.officers.pop();
  },
  "bound by one officer": ({ society }) => {
    const nth = society.entries.filter(({ kind }) => kind === "enrolment").findIndex((entry) => {
      return entry.opening?.record.includes('"action":"bind"');
    });
    const bind = society.find("enrolment", nth);
    society.rewrite(bind, (record) => void (record.officers[1] = record.officers[0]));
  },
  "another key stopped in the books": ({ society }) => {
    const stop = society.entries.findLast(({ opening }) => opening?.record.includes('"revoke"'));
    society.rewrite(stop, (record) => void (record.key = society.find("officer-key").document.key));
  },
  "stopped by one officer": ({ society }) => {
    const stop = society.entries.findLast(({ opening }) => opening?.record.includes('"revoke"'));
    society.rewrite(stop, (record) => void (record.officers = ["one"]));
  },
};

function cheats() {
  const two = new Draft(...files[0]).find("meeting").document.v === 2;
  for (const [name, cheat] of Object.entries({ ...CHEATS, ...(two ? CHEATS_TWO : {}) })) {
    const [meeting, society] = files.map((one) => new Draft(...one));
    cheat({ meeting, society });
    const made = sealed([meeting, society]);
    tried(`cheat ${name}`, made.packages, made.policy);
    // Counts rest on no rule file.
    const counted = ["a vote more", "ballot dropped", "left out ballot not listed"];
    if (counted.includes(name)) tried(`cheat ${name}, no rules`, made.packages, made.policy, []);
    if (name === "nothing") tried("another policy", files, made.policy);
  }
}

if (files[0][0].startsWith("meeting")) cheats();
process.stdout.write(`${JSON.stringify(found)}\n`);
