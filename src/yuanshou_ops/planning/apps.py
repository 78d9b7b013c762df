from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "yuanshou_ops.planning"
    label = "planning"
