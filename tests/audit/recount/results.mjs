// Counting, and comparing with the sealed results: docs/formats/verifying.md, section 10.
import { canonical } from "./record.mjs";
import { majorityReached, quorumOf } from "./rules.mjs";
import { need, seconds } from "./bytes.mjs";

const SAME = ["opened", "from_opening", "admissions", "ended", "reissues", "stops"];

/** What the results themselves list as left out. */
export function listedOf(meeting) {
  const first = meeting.of("result")[0]?.record;
  return new Map((first?.left_out ?? []).map(({ index, reason }) => [index, reason]));
}

export function checkResults(meeting, reading) {
  const results = meeting.of("result");
  need(reading.faults.length === 0, reading.faults.join("; "));
  const { entries } = meeting.pack;
  for (const { kind, index } of entries.slice(reading.first)) {
    need(["result", "erasure"].includes(kind), `entry ${index}: ${kind} after a result`);
  }
  const done = new Set();
  for (const { record, index, time } of results) {
    need(meeting.resolution.has(record.resolution), `result ${index}: of no resolution`);
    need(!done.has(record.resolution), `result ${index}: a second result of one resolution`);
    done.add(record.resolution);
    const closed = seconds(record.closed);
    need(closed >= meeting.closes && closed <= time, `result ${index}: closed at no possible time`);
    if (reading.sure) compare(meeting, reading, record, `result ${index}`);
    for (const name of SAME) {
      need(record[name] === results[0].record[name], `result ${index}: another ${name}`);
    }
  }
  need(done.size === meeting.resolution.size, "a resolution has no result");
  return reading.sure ? `${done.size} recounted` : `${done.size}, not recounted`;
}

function compare(meeting, reading, record, name) {
  const here = reading.accepted.filter(({ resolution }) => resolution === record.resolution);
  const last = new Map();
  for (const ballot of here) {
    const known = last.get(ballot.roll_number);
    if (!known || known.sequence < ballot.sequence) last.set(ballot.roll_number, ballot);
  }
  const votes = [...last.values()];
  const count = (choice) => votes.filter((vote) => vote.choice === choice).length;
  const counts = { yes: count("yes"), no: count("no"), abstain: count("abstain") };
  const members = meeting.standing.count;
  const made = {
    accepted: here.length,
    superseded: here.length - last.size,
    for: counts.yes,
    against: counts.no,
    abstained: counts.abstain,
    present: new Set(reading.accepted.map((ballot) => ballot.roll_number)).size,
    members,
    held_on: meeting.call.held_on,
    rules: meeting.call.rules,
  };
  if (meeting.rule !== null) byRules(meeting, record, made, counts);
  else withoutRules(record, made, counts, name);
  if (meeting.version === 2) {
    made.assisted = votes.filter((vote) => vote.assisted).length;
    const before = meeting.pack.entries.slice(0, reading.first);
    made.opened = before.filter(({ kind }) => kind === "assistance").length;
    made.from_opening = meeting.standing.from_opening;
    made.left_out = reading.leftOut;
  }
  for (const [member, value] of Object.entries(made)) {
    const [sealed, found] = [canonical(record[member]), canonical(value)];
    need(sealed === found, `${name}: ${member} is ${sealed}, the recount gives ${found}`);
  }
}

function byRules(meeting, record, made, counts) {
  const { rule } = meeting;
  const { majority, quorum } = meeting.resolution.get(record.resolution);
  const [byMajority, byQuorum] = [rule.majority?.[majority], rule.quorum?.[quorum]];
  need(byMajority && byQuorum, `the rule file has no ${majority} or no ${quorum}`);
  const alsoAbstain = rule.counting.abstention_is_a_vote;
  made.voted = counts.yes + counts.no + (alsoAbstain ? counts.abstain : 0);
  made.quorum = quorumOf(byQuorum, made.members);
  made.quorate = made.present >= made.quorum;
  made.carried = made.quorate && majorityReached(byMajority, counts, made.members);
  made.notice_days_given = meeting.days;
  made.notice_days_required = meeting.asked;
}

/** What must hold whatever the rules are. */
function withoutRules(record, made, { yes, no, abstain }, name) {
  need([yes + no, yes + no + abstain].includes(record.voted), `${name}: voted`);
  need(record.quorate === made.present >= record.quorum, `${name}: quorate`);
  need(!record.carried || record.quorate, `${name}: carried without a quorum`);
}
