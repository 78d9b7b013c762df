"""What can go wrong in an action, in words a person can act on.

Each is a `YuanshouError` (found, expected, way out) with the HTTP status a page or the API answers with. The one
thing easily confused: `Refused` is about the *state of the world* (no stock, wrong status) and `NotAllowed` about the
*person* (role, scope, second factor, four eyes).
"""

from __future__ import annotations

from yuanshou.errors import YuanshouError


class OperationError(YuanshouError):
    """Any refusal of an action."""

    http_status = 422
    exit_code = 2


class Refused(OperationError):
    """The world is not as the action needs it: status, stock, date, quantity."""


class InsufficientStock(Refused):
    """An account holds fewer units than the move asks for; nothing was moved."""

    http_status = 409


class KeyReused(Refused):
    """The same idempotency key came with different content."""

    http_status = 409


class EditConflict(OperationError):
    """Somebody else changed the row since it was read; `current` is the row as it is now."""

    http_status = 409

    def __init__(self, current: object) -> None:
        self.current = current
        super().__init__(
            f"{current} as somebody else saved it since you opened it",
            "the version you opened",
            "compare the two, and save again",
        )


class NotAllowed(OperationError):
    """The person may not do this: no role, out of scope, no second factor, or the same person twice."""

    http_status = 403
