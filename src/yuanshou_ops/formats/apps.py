from django.apps import AppConfig


class FormatsConfig(AppConfig):
    name = "yuanshou_ops.formats"
    label = "formats"
