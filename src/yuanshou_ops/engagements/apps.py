from django.apps import AppConfig


class EngagementsConfig(AppConfig):
    name = "yuanshou_ops.engagements"
    label = "engagements"
