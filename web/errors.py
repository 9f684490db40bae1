"""Refusals of the web layer: fields, bodies and addresses that cannot be used as they came."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from trust.formats.errors import SakshiError, Word


class WebError(SakshiError):
    """Any refusal of this layer."""

    default_code: ClassVar[str] = "web"
    headers: Mapping[str, str] = MappingProxyType({})
    """Further headers of the answer, such as ``Retry-After``."""


class FieldError(WebError):
    """Any refusal of what one field of a form holds."""

    default_code = "field"

    def __init__(self, field: str, **places: object) -> None:
        word = Word("field", field.partition(".")[0].rstrip("_0123456789"))
        super().__init__(None, code=None, field=word, **places)
        self.field = field


class FieldTooLongError(FieldError):
    """More characters than the field takes."""

    default_code = "field-too-long"
    text = "The field {field} takes at most {limit} characters. Write less and send it again."


class FieldCharacterError(FieldError):
    """The field holds a control character or half of a character."""

    default_code = "field-character"
    text = "The field {field} holds a character that no text has. Type it again."


class NotANumberError(FieldError):
    """The field takes a whole number."""

    default_code = "field-number"
    text = "The field {field} must be a whole number."


class ChoiceError(FieldError):
    """The field takes one of a few words."""

    default_code = "field-choice"
    text = "The field {field} must be one of: {choices}."


class FieldNeededError(FieldError):
    """A field that must be filled is empty."""

    default_code = "field-needed"
    text = "The field {field} is empty. Fill it in and send it again."


class FieldTextError(FieldError):
    """A program sent something else than a text."""

    default_code = "field-text"
    text = "The field {field} must be a text."


class FieldFileError(FieldError):
    """A program sent something else than a file."""

    default_code = "field-file"
    text = "The field {field} must be a file: an object with its name and its data in base64."


class SlugError(FieldError):
    """The text cannot be the number or the slug of a society."""

    default_code = "field-society"
    text = "The field {field} takes the registration number of a society, such as TVM 101."


class VerbRoleError(WebError):
    """The account has none of the roles that the verb is for."""

    default_code = "verb-role"
    status = 403
    text = "This needs one of these roles: {roles}. Sign in with an account that has it."


class LimitError(WebError):
    """A list is asked for in pages that are too long or none."""

    default_code = "limit"
    status = 400
    text = "limit must be a number from 1 to {most}."


class FormTokenError(WebError):
    """The form's token is missing or of another session."""

    default_code = "csrf"
    status = 403
    text = (
        "This form was open too long, or it comes from another place. Go back, load the page "
        "again and send it once more."
    )


class ElsewhereError(WebError):
    """Another site's page sent this."""

    default_code = "elsewhere"
    status = 403
    text = "This was sent by a page of another site. Open the page here and send it from there."


class MediaTypeError(WebError):
    """The body is not called JSON."""

    default_code = "unsupported-media-type"
    status = 415
    text = "The body must be sent as application/json."


class NotJsonError(WebError):
    """The body is not one JSON object with text that can be kept."""

    default_code = "bad-request"
    status = 400
    text = "The body must be one JSON object, with each name once and with whole characters."


class BodyCutError(WebError):
    """The sender left in the middle."""

    default_code = "body-cut"
    status = 400
    text = "The sender left before the whole body had come. Nothing was kept; send it again."


class NoRoomError(WebError):
    """A disk of the server is full, or it has too many files open."""

    default_code = "no-room"
    status = 503
    text = (
        "The server has no room for this just now: a disk is full, or too many files are open. "
        "Nothing was kept; try again in a few minutes."
    )


class NoOperationError(WebError):
    """The API has no such operation."""

    default_code = "no-operation"
    status = 404
    text = "There is no such operation; see /api/v1/openapi.json."


class NoSuchCodeError(WebError):
    """No entry has the receipt code, or more than one begins like it."""

    default_code = "no-such-code"
    status = 404
    text = "No entry has this code. Compare it with the receipt letter by letter."


class HeadSizeError(WebError):
    """The size of a head is not written as a number."""

    default_code = "head-size"
    text = "from is the size of a head, in decimals."


class AllSignedError(WebError):
    """A society's tool asked for a head to sign and there is none."""

    default_code = "all-signed"
    status = 404
    text = "Everything of this log is signed."


class NotOpenedError(WebError):
    """The State's log has no first head yet."""

    default_code = "not-opened"
    status = 404
    text = "The State's log has not been opened yet."


class NoReceiptYetError(WebError):
    """The entry stands under no published head yet."""

    default_code = "no-receipt-yet"
    status = 409
    text = "There is no receipt yet; ask again in a few seconds."


class NotAssistedError(WebError):
    """Officers sent a ballot that is not an assisted one."""

    default_code = "not-assisted"
    text = "Officers send assisted ballots only."


class OtherYearError(WebError):
    """The signed sheet is of another year than the page."""

    default_code = "other-year"
    text = "The signed sheet is not of {book_year}. Load the page of that year and sign again."


class FileRefusedError(WebError):
    """An import was refused as a whole; the report says why, line by line."""

    default_code = "file-refused"
    text = "The file was refused. Nothing was taken from it; the report says why."


class FileAsksError(WebError):
    """A file leaves questions open; the report lists them with their answers."""

    default_code = "file-asks"
    status = 409
    text = (
        "The file leaves questions open. Nothing was sealed. Answer the questions of the report "
        "and send the file again with the answers."
    )


class FileTooLargeError(WebError):
    """A file is larger than what is taken over the network."""

    default_code = "file-too-large"
    status = 413
    text = (
        "The file is larger than {megabytes} MB, and nothing of it was kept. Ask the person who "
        "runs Sakshi to bring it in on the server with the command `sakshi import`."
    )


class AnswersError(FieldError):
    """The answers to questions about a file are not an object of texts."""

    default_code = "field-answers"
    text = "The field {field} must be a JSON object: texts by the code of their question."


class NewerStateError(WebError):
    """The tables were made by a newer Sakshi than this one."""

    default_code = "newer-state"
    status = 503
    text = (
        "This state is newer than this Sakshi: its tables are of version {found}, and this Sakshi "
        "knows them up to {newest}. Nothing was changed. Start the newer Sakshi, or restore a "
        "backup from before the upgrade."
    )


class OlderStateError(WebError):
    """The tables are those of an older Sakshi and were not brought up to date yet."""

    default_code = "older-state"
    status = 503
    text = (
        "The tables of this state are of version {found}; this Sakshi works with {newest}. Nothing "
        "was changed. Stop what still runs of the older Sakshi and make a backup; then "
        "`sakshi serve` brings the tables up to date."
    )


class KeyOrNameError(WebError):
    """A challenge is asked for without a key or a name, or with both."""

    default_code = "key-or-name"
    text = "Send either the public key or the log-in name, as text."


class ChallengeShapeError(WebError):
    """The signed challenge is no object."""

    default_code = "challenge-shape"
    text = "The signed challenge must be a JSON object under the name record."


class ReceiptCodeError(WebError):
    """The text is no receipt code."""

    default_code = "receipt-code"
    status = 400
    text = (
        "This is not a receipt code. A code has 16 letters and digits, such as "
        "ABCD-EFGH-JKMN-PQRS; compare it with the receipt."
    )


class DayError(FieldError):
    """The field takes a day."""

    default_code = "field-day"
    text = (
        "Give {field} as a date such as 2026-11-22, in the years {first} to {last}. {found} is "
        "no such date."
    )


class MomentError(FieldError):
    """The field takes a moment."""

    default_code = "field-moment"
    text = (
        "Give {field} as a time such as 2026-11-22T10:00 in Indian time, or with an offset as in "
        "2026-11-22T10:00+05:30, in the years {first} to {last}. {found} is no such time."
    )


class NoFileError(FieldError):
    """No file came with the form."""

    default_code = "no-file"
    text = "No file was chosen. Choose one and send it again."


class TooOftenError(WebError):
    """Too many attempts on one name or card."""

    default_code = "too-many-requests"
    status = 429
    text = "This came too often. Wait a minute and try again."

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.headers = headers


class StateThereError(WebError):
    """A state stands in the place where one is to be made."""

    default_code = "state-there"
    status = 409
    text = "There is a state here already: {held}. Nothing was changed."
