"""Who may ask for what: a jurisdiction within which somebody of an office appoints and ends."""

from trust.people.model import Actor, Grant, SocietyProfile
from trust.people.offices.errors import NotYourOfficeError


def capacity(actor: Actor, over: Grant, society: SocietyProfile | None) -> Grant:
    """The grant by which the actor may decide who holds `over`; `society` is that of its scope.

    An administrator decides for the whole State; a Registrar for what his jurisdiction contains,
    except who is administrator. Nobody of a society's staff decides. Raises NotYourOfficeError.
    """
    if actor.account.society is None and actor.account.kind == "staff":
        for held in actor.grants:
            if held.role == "administrator" or (
                held.role == "registrar"
                and over.role != "administrator"
                and contains(held, over, society)
            ):
                return held
    raise NotYourOfficeError


def contains(held: Grant, over: Grant, society: SocietyProfile | None) -> bool:
    """Whether a jurisdiction contains another, or is the same."""
    same = (held.scope_kind, held.scope) == (over.scope_kind, over.scope)
    if held.scope_kind == "state" or same:
        return True
    if over.scope_kind == "society":
        return society is not None and held.covers(society)
    in_district = over.scope_kind == "taluk" and over.scope.startswith(f"{held.scope}/")
    return held.scope_kind == "district" and in_district
