from django.apps import AppConfig


class RequestsConfig(AppConfig):
    name = "yuanshou_ops.requests"
    label = "requests"
