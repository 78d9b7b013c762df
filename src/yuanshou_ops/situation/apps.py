from django.apps import AppConfig


class SituationConfig(AppConfig):
    name = "yuanshou_ops.situation"
    label = "situation"
