from django.apps import AppConfig


class ShipmentsConfig(AppConfig):
    name = "yuanshou_ops.shipments"
    label = "shipments"
