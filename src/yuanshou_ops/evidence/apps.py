from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "yuanshou_ops.evidence"
    label = "evidence"
