from django.urls import path

from yuanshou_ops.planning import views

app_name = "planning"
urlpatterns = [
    path("", views.runs, name="runs"),
    path("add", views.run_add, name="run_add"),
    path("queue", views.tasks, name="tasks"),
    path("snapshot", views.refresh, name="refresh"),
    path("p/<str:number>", views.run, name="run"),
    path("p/<str:number>/lines", views.lines, name="lines"),
    path("p/<str:number>/lines/<int:line>", views.line, name="line"),
    path("p/<str:number>/reasons", views.reasons, name="reasons"),
    path("p/<str:number>/submit", views.submit, name="submit"),
    path("p/<str:number>/decide", views.decide, name="decide"),
    path("p/<str:number>/drop", views.drop, name="drop"),
    path("p/<str:number>/compare", views.compare_runs, name="compare"),
    path("p/<str:number>/plan.json", views.plan_file, name="plan_file"),
]
