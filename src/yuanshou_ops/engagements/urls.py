from django.urls import path

from yuanshou_ops.engagements import views

app_name = "engagements"
urlpatterns = [
    path("", views.engagements, name="engagements"),
    path("add", views.log, name="log"),
    path("calendar", views.calendar, name="calendar"),
    path("counts", views.counts, name="counts"),
    path("promises", views.promises, name="promises"),
    path("tracker", views.tracker, name="tracker"),
    path("p/<str:number>", views.promise, name="promise"),
    path("p/<str:number>/link", views.link, name="link"),
    path("p/<str:number>/<str:step>", views.step_promise, name="step_promise"),
    path("<str:number>", views.engagement, name="engagement"),
    path("<str:number>/minutes", views.minutes, name="minutes"),
    path("<str:number>/promise", views.add_promise, name="add_promise"),
    path("<str:number>/publish", views.publish, name="publish"),
    path("<str:number>/unpublish", views.unpublish, name="unpublish"),
    path("<str:number>/<str:step>", views.step, name="step"),
]
