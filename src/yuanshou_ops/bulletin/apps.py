from django.apps import AppConfig


class BulletinConfig(AppConfig):
    name = "yuanshou_ops.bulletin"
    label = "bulletin"
