from django.urls import path

from yuanshou_ops.evidence import views

app_name = "evidence"
urlpatterns = [
    path("", views.sources, name="sources"),
    path("add", views.take_in, name="take_in"),
    path("s/<str:number>", views.source, name="source"),
    path("s/<str:number>/repairs", views.repairs, name="repairs"),
    path("queue", views.queue, name="queue"),
    path("p/<int:pk>", views.proposal, name="proposal"),
    path("p/<int:pk>/reject", views.reject, name="reject"),
    path("facts", views.facts, name="facts"),
    path("f/<str:number>", views.fact, name="fact"),
    path("f/<str:number>/retract", views.retract, name="retract"),
    path("f/<str:number>/inside/<str:kind>", views.inside, name="inside"),
]
