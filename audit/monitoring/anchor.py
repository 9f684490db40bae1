"""What a monitor believes to begin with: the policy, brought along or kept from the first visit."""

from audit.monitoring.ledger import Ledger
from audit.monitoring.store import Store
from audit.monitoring.wire import Absent, Site, Unreachable
from trust.formats.errors import FormatError, SakshiError
from trust.formats.notes import VerifierKey
from trust.formats.policy import TrustPolicy, format_policy, parse_policy

_META, _GIVEN = "policy", "policy-given"
SCOPE = "policy:"


class NoAnchor(SakshiError):
    """There is no policy to begin with: nothing can be checked."""

    default_code = "no-policy"


def anchor(
    site: Site, store: Store, ledger: Ledger, given: bytes | None
) -> tuple[TrustPolicy, dict[str, VerifierKey]]:
    """The policy to follow, and state logs that the server names beyond it, with their keys.

    Raises:
        NoAnchor: none was given, none is kept, and the server publishes none.
        FormatError: the policy given cannot be read.
    """
    if given is not None:
        store.set_meta(_META, format_policy(parse_policy(given)))
        store.set_meta(_GIVEN, "yes")
    kept = store.meta(_META)
    served = _served(site, ledger, kept)
    if kept is None:
        if served is None:
            raise NoAnchor(
                "No policy was given with --policy and the server publishes none: without the "
                "state log's key nothing can be checked."
            )
        store.set_meta(_META, format_policy(served))
        return served, {}
    pinned = parse_policy(kept)
    return pinned, {} if served is None else _compared(ledger, pinned, served)


def first_use(store: Store) -> bool:
    """Whether the policy came from the server itself: nobody outside has vouched for it."""
    return store.meta(_GIVEN) is None


def _served(site: Site, ledger: Ledger, kept: str | None) -> TrustPolicy | None:
    try:
        return parse_policy(site.get("policy"))
    except Absent:
        return None
    except Unreachable as error:
        ledger.could_not(str(error))
    except FormatError as error:
        ledger.found("policy", "policy", str(error), scope=SCOPE, evidence={"kept.policy": kept})
    return None


def _compared(ledger: Ledger, pinned: TrustPolicy, served: TrustPolicy) -> dict[str, VerifierKey]:
    """State logs that the server names beyond the pinned ones; other changes are said."""
    old = {(log.key.name, log.key.type): log.key for log in pinned.logs}
    new = {(log.key.name, log.key.type): log.key for log in served.logs}
    changed = sorted({place[0] for place, key in old.items() if new.get(place) != key})
    wrong = [f"The key of {name} is no longer the same." for name in changed]
    rest = (served.witnesses, served.groups, served.quorum)
    if rest != (pinned.witnesses, pinned.groups, pinned.quorum):
        wrong.append("The witnesses or the quorum it asks for are no longer the same.")
    if wrong:
        ledger.found(
            "policy",
            "policy",
            " ".join(wrong),
            scope=SCOPE,
            evidence={"kept.policy": format_policy(pinned), "served.policy": format_policy(served)},
        )
    else:
        ledger.passed(SCOPE)
    known = pinned.keys()
    return {origin: key for origin, key in served.keys().items() if origin not in known}
