from django.urls import path

from yuanshou_ops.situation import views

app_name = "situation"
urlpatterns = [
    path("", views.world, name="world"),
    path("map", views.world_map, name="map"),
    path("charts.css", views.chart_style, name="chart_style"),
    path("measures", views.measures, name="measures"),
    path("measures/add", views.measure_add, name="measure_add"),
    path("measures/<int:pk>/end", views.measure_end, name="measure_end"),
    path("p/<str:code>", views.place, name="place"),
    path("p/<str:code>/<str:what>.csv", views.place_file, name="place_file"),
]
