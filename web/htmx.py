"""What the signed-in desks need of htmx 4, and nothing more.

htmx 4 marks its requests with ``HX-Request: true`` and says in ``HX-Request-Type`` whether it wants
a part of a page (``partial``) or a whole one (``full``). Every status but 204 and 304 is swapped
in, so an error answer is seen. No page depends on any of this: without JavaScript the same URL
answers with a whole page.
"""

from starlette.requests import Request


def wants_part(request: Request) -> bool:
    """True if htmx asks for a part of the page rather than all of it."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-Request-Type") == "partial"
