from django.urls import path

from yuanshou_ops.formats import views

app_name = "formats"
urlpatterns = [
    path("", views.index, name="index"),
    path("<str:name>", views.public, name="public"),
    path("staff/hubverse.csv", views.hubverse, name="hubverse"),
    path("staff/epcis.jsonld", views.epcis, name="epcis"),
]
