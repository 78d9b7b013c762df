from django.apps import AppConfig


class GuidanceConfig(AppConfig):
    name = "yuanshou_ops.guidance"
    label = "guidance"
