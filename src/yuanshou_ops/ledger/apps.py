from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "yuanshou_ops.ledger"
    label = "ledger"
