// The rule file of a meeting: docs/formats/verifying.md, section 11.
import { need, sha256 } from "./bytes.mjs";

/** The few forms of TOML that rule files have: tables, texts, whole numbers, yes or no, lists. */
export function parseToml(text) {
  const top = {};
  let table = top;
  for (const line of text.split("\n")) {
    const row = line.trim();
    if (row === "" || row.startsWith("#")) continue;
    const head = /^\[([A-Za-z0-9_.-]+)\]$/.exec(row);
    if (head) {
      table = top;
      for (const part of head[1].split(".")) table = table[part] ??= {};
      continue;
    }
    const found = /^([A-Za-z0-9_-]+)\s*=\s*(.*)$/.exec(row);
    need(found, `rule file: a line that is not understood: ${row.slice(0, 60)}`);
    table[found[1]] = value(found[2]);
  }
  return top;
}

function value(text) {
  const quoted = /^"((?:[^"\\]|\\.)*)"\s*(#.*)?$/.exec(text);
  if (quoted) return quoted[1];
  const bare = text.replace(/\s*#.*$/, "");
  if (bare === "true" || bare === "false") return bare === "true";
  if (/^[+-]?\d[\d_]*$/.test(bare)) return Number(bare.replaceAll("_", ""));
  return bare;
}

/** The rule file that a notice names, among those brought along; null if it is not there. */
export function rulesOf(name, files) {
  const found = /^(\S+) (\S+) sha256:([0-9a-f]{64})$/.exec(name);
  need(found, `the notice names no rule file as it must: ${name}`);
  for (const bytes of files) {
    if (sha256(bytes).toString("hex") !== found[3]) continue;
    const rules = parseToml(Buffer.from(bytes).toString("utf8"));
    const same = rules.ruleset?.id === found[1] && rules.ruleset?.from === found[2];
    need(same, "the rule file has another id or day than the notice says");
    return rules;
  }
  return null;
}

export function quorumOf(rule, members) {
  let quorum = Math.ceil((members * rule.numerator) / rule.denominator);
  if (rule.at_most !== undefined) quorum = Math.min(quorum, rule.at_most);
  if (rule.at_least !== undefined) quorum = Math.max(quorum, rule.at_least);
  return quorum;
}

/** Whether the majority was reached, the quorum aside. */
export function majorityReached(rule, counts, members) {
  const { yes, no, abstain } = counts;
  const base = { votes: yes + no + abstain, "for-and-against": yes + no, members }[rule.of];
  need(base !== undefined, `rule file: a majority of ${rule.of}`);
  const [have, asked] = [yes * rule.denominator, base * rule.numerator];
  return base !== 0 && (rule.more_than ? have > asked : have >= asked);
}
