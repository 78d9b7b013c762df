from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "yuanshou_ops.exchange"
    label = "exchange"
