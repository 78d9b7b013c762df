from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "yuanshou_ops.api"
    label = "api"
