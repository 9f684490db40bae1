// Recounts a meeting's vote from its audit package, and follows the keys of its society.
//
//   node recount.mjs --kinds docs/formats/kinds.md [--policy FILE] [--rules FILE]… PACKAGE.zip…
//
// Written from docs/formats.md, docs/formats/verifying.md and docs/formats/kinds.md alone; it
// shares no code with the project. Exit code: 0 right, 1 wrong, 2 something was not checked.
import { readFileSync } from "node:fs";
import { verify } from "./verify.mjs";

function options(words) {
  const found = { packages: [], rules: [], policy: null, kinds: null };
  for (let i = 0; i < words.length; i++) {
    if (words[i] === "--rules") found.rules.push(words[++i]);
    else if (words[i] === "--policy") found.policy = words[++i];
    else if (words[i] === "--kinds") found.kinds = words[++i];
    else found.packages.push(words[i]);
  }
  if (found.kinds === null || found.packages.length === 0) {
    throw new Error("recount.mjs --kinds FILE [--policy FILE] [--rules FILE]... PACKAGE.zip...");
  }
  return found;
}

try {
  const { packages, policy, rules, kinds } = options(process.argv.slice(2));
  const report = verify({
    packages: packages.map((path) => [path.split("/").pop(), readFileSync(path)]),
    policy: policy === null ? null : readFileSync(policy),
    rules: rules.map((path) => readFileSync(path)),
    page: readFileSync(kinds, "utf8"),
  });
  process.stdout.write(`${JSON.stringify(report.json(), null, 2)}\n`);
  process.exitCode = report.code();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
