"""The verbs about people, collected. Each takes an open connection and shares its
transaction; `now` is UTC seconds."""

from trust.people.confirming import confirm_request
from trust.people.enrolment import begin_enrolment, confirm_enrolment, reissue
from trust.people.keyloss import begin_officer_key_loss, confirm_officer_key_loss
from trust.people.login import (
    end_session,
    key_name,
    login_challenge,
    login_origin,
    login_with_password,
    login_with_signature,
)
from trust.people.membership import (
    Change,
    NewMember,
    admit_member,
    admit_members,
    change_member,
    member_left,
)
from trust.people.officers import bind_officer_key, revoke_officer_key
from trust.people.offices.appointing import grant
from trust.people.opening import begin_register_opening, confirm_register_opening
from trust.people.pending import withdraw
from trust.people.register import (
    close_account,
    create_account,
    member_account,
    open_book,
    record_access,
    register_society,
    set_password,
)
from trust.people.rolls import DRAWN_ROLL, book_position, roll_closed, roll_drawn
from trust.people.stopping import revoke_key

__all__ = [
    "DRAWN_ROLL",
    "Change",
    "NewMember",
    "admit_member",
    "admit_members",
    "begin_enrolment",
    "begin_officer_key_loss",
    "begin_register_opening",
    "bind_officer_key",
    "book_position",
    "change_member",
    "close_account",
    "confirm_enrolment",
    "confirm_officer_key_loss",
    "confirm_register_opening",
    "confirm_request",
    "create_account",
    "end_session",
    "grant",
    "key_name",
    "login_challenge",
    "login_origin",
    "login_with_password",
    "login_with_signature",
    "member_account",
    "member_left",
    "open_book",
    "record_access",
    "register_society",
    "reissue",
    "revoke_key",
    "revoke_officer_key",
    "roll_closed",
    "roll_drawn",
    "set_password",
    "withdraw",
]
