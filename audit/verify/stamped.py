"""A time-stamp in a package: when an outside authority saw a state head that holds this log's.

What is stamped is a head of the state log with its first line alone; the proof beside the response
leads from this log's head to it. That the response is signed as it says is checked here; who the
authority is, only somebody who brings its certificate can say (`sakshi-audit timestamp`).
"""

from audit.verify.chain import Chain
from audit.verify.links import Trust, saying
from audit.verify.report import Report
from trust.formats import origins, storedstamps
from trust.formats.errors import ProofError
from trust.formats.merkle import leaf_hash
from trust.formats.times import Moment, format_time
from trust.formats.tlogproof import parse_tlog_proof
from trust.formats.witnessed import check_log

PROOF, RESPONSE = "state/stamp.tlog-proof", "state/stamp.tsr"
_PLAN = ("stamp", "A time-stamp was made over a head of the state log that holds this log's head.")


def check_stamp(chain: Chain, trust: Trust | None, report: Report) -> None:
    """Check the time-stamp of a package, if it has one."""
    proof, response = chain.take(PROOF), chain.take(RESPONSE)
    if proof is None and response is None:
        return
    report.plan((_PLAN,))
    check = report["stamp"]
    for name, data in ((PROOF, proof), (RESPONSE, response)):
        if data is None:
            check.missing(f"{name} is missing: the time-stamp is of no use.", member=name)
    if proof is None or response is None:
        return
    if trust is None:
        check.skip("Without a policy nobody can say whose head was stamped.")
        return
    with saying(check, member=PROOF):
        found = parse_tlog_proof(proof.decode("utf-8", "replace"))
        head = check_log(trust.policy, found.checkpoint)
        if origins.parse_origin(head.origin).kind != "state":
            raise ProofError(f"What was stamped is a head of {head.origin}, no state log.")
        chain.other_heads.append(head)
        found.check_path(leaf_hash(chain.members.get("log/checkpoint", b"")))
        with saying(check, member=RESPONSE):
            time = storedstamps.check(response, found.checkpoint.encode())
            report.facts["time-stamp"] = format_time(time)
            check.ok()
            check.skip(
                f"Whose time-stamp it is: `sakshi-audit timestamp` with the package and "
                f"--authority holds it against the certificate of an authority you believe. It "
                f"says {Moment(time)}.",
                member=RESPONSE,
            )
