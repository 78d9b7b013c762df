from django.urls import path

from yuanshou_ops.api import views
from yuanshou_ops.api.app import api

app_name = "api"
operations = api.urls[0]
for pattern in operations:
    # The names stay the library's own: the document is made from them.
    pattern.callback = views.nothing if pattern.name == "api-root" else views.door(pattern.callback)

urlpatterns = [
    path("openapi.json", views.openapi, name="openapi"),
    path("docs", views.docs, name="docs"),
    *operations,
    path("<path:rest>", views.nothing, name="nothing"),
]
