from django.urls import path

from yuanshou_ops.situation import outbreak_views, views

app_name = "situation"
urlpatterns = [
    path("", views.world, name="world"),
    path("map", views.world_map, name="map"),
    path("charts.css", views.chart_style, name="chart_style"),
    path("measures", views.measures, name="measures"),
    path("measures/add", views.measure_add, name="measure_add"),
    path("measures/<int:pk>/end", views.measure_end, name="measure_end"),
    path("outbreaks", outbreak_views.outbreaks, name="outbreaks"),
    path("outbreaks/add", outbreak_views.outbreak_add, name="outbreak_add"),
    path("outbreaks/template.csv", outbreak_views.template, name="count_template"),
    path("outbreaks/o/<str:code>", outbreak_views.outbreak, name="outbreak"),
    path("outbreaks/o/<str:code>/first", outbreak_views.show_first, name="show_first"),
    path("outbreaks/o/<str:code>/counts", outbreak_views.upload, name="count_upload"),
    path("outbreaks/o/<str:code>/confirm", outbreak_views.confirm, name="count_confirm"),
    path("outbreaks/uploads/<str:number>/withdraw", outbreak_views.withdraw, name="withdraw"),
    path("outbreaks/count", outbreak_views.count_add, name="count_add"),
    path("p/<str:code>", views.place, name="place"),
    path("p/<str:code>/<str:what>.csv", views.place_file, name="place_file"),
]
