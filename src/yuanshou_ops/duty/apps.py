from django.apps import AppConfig


class DutyConfig(AppConfig):
    name = "yuanshou_ops.duty"
    label = "duty"
