from django.apps import AppConfig


class DeploymentsConfig(AppConfig):
    name = "yuanshou_ops.deployments"
    label = "deployments"
