"""The command that declares an import void."""

from cyclopts import App

from web import wiring
from web.cli_books import print_head
from web.terminal import out, state


def register(app: App) -> None:
    """Add the command of this module."""
    app.command(void)


def void(import_id: str, *, reason: str = "") -> None:
    """Declare an import void: none of its entries counts any more; they stay in the log.

    An import that is not finished stops. One that a filed balance sheet or a later import rests on
    is refused. Exit status: 0 void, 1 refused.

    Parameters
    ----------
    import_id
        The import as its report and page name it, for example imp-0123456789abcdef-1.
    reason
        Why, without personal data; sealed and public. Needed if the import counted.
    """
    from trust.books import service as books_service

    with state() as rt:
        report = books_service.void_import(rt, import_id, reason=reason, actor="cli")
        wiring.drain(rt)
        out.print(f"{import_id} ({report.filename}) is void.", highlight=False, soft_wrap=True)
        print_head(rt, report.society)
