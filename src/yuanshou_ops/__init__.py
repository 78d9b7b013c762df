"""The operations application: who asked, offered, promised, sent and received.

It stores facts and never computes an epidemic or a plan. Every slice has the same files: *models* say what exists,
*statuses* which change may follow which, *actions* what may happen (the only code that writes), *forms* what people
type, *views* what is seen. The one thing easily confused: a **move** (`ledger`) is goods changing state, place or
holder; a database transaction is only the envelope in which several rows are written together.
"""
