"""Loans as canonical records (docs/formats.md 6.2): references become tags under a secret.

The secret is the society's own and lasts, so that registers of two days can be compared
(docs/adr/0013-register-tags.md). The references go to the detail.
"""

import hmac
from dataclasses import dataclass

from trust.books.model import LoanRow
from trust.books.pure.vouchers import Record

_KEY = "sakshi/2 register tags"


@dataclass(frozen=True, slots=True)
class Tagger:
    """Makes the tags of one society.

    Attributes:
        secret: of the society.
        key: names the secret and tells nothing of it: registers with another one do not compare.
    """

    secret: bytes
    key: str

    def tag(self, what: str, text: str) -> str:
        """A pseudonym: equal references give equal tags under one secret, and nothing else shows.

        Spaces and case do not count, so that a deed written in two ways is still one deed.
        """
        plain = "".join(text.split()).casefold()
        digest = hmac.digest(self.secret, f"sakshi/2 tag {what}\n{plain}".encode(), "sha256")
        return f"t-{digest.hex()[:16]}"


def tagger(register_secret: str, society: str) -> Tagger:
    """The tags of a society, from the secret of the installation."""
    if not register_secret:
        raise ValueError("There is no secret for the tags of registers.")
    root = register_secret.encode()
    secret = hmac.digest(root, f"{_KEY}\n{society}".encode(), "sha256")
    name = hmac.digest(secret, b"sakshi/2 register tag key", "sha256")
    return Tagger(secret, f"k-{name.hex()[:16]}")


def loan_record(
    loan: LoanRow, *, society: str, import_id: str, as_of: str, tags: Tagger
) -> tuple[Record, Record]:
    """A loan's record with tags instead of references, and its detail."""
    identity = f"{loan.scheme}\0{loan.loan_id}" if loan.scheme else loan.loan_id
    record: Record = {
        "kind": "loan",
        "v": 2,
        "society": society,
        "import": import_id,
        "detail": None,
        "tag_key": tags.key,
        "id": tags.tag("loan", identity),
        "number": tags.tag("loan", loan.loan_id),
        "member": tags.tag("member", loan.member_ref),
        "as_of": as_of,
        "sanctioned_on": loan.sanctioned_on,
        "sanctioned": loan.sanctioned,
        "outstanding": loan.outstanding,
        "overdue": loan.overdue,
        "overdue_days": loan.overdue_days,
        "purpose": loan.purpose,
        "in_area": loan.in_area,
        "disbursed_to": tags.tag("payee", loan.payee_ref) if loan.payee_ref else None,
        "collateral": tags.tag("collateral", loan.collateral_ref) if loan.collateral_ref else None,
    }
    detail: Record = {
        "kind": "loan-detail",
        "v": 2,
        "loan_id": loan.loan_id,
        "scheme": loan.scheme,
        "member": loan.member_ref,
        "payee": loan.payee_ref,
        "collateral": loan.collateral_ref,
    }
    return record, detail
