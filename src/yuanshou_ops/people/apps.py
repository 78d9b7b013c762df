from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "yuanshou_ops.people"
    label = "people"
