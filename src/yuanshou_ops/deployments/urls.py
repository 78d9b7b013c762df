from django.urls import path

from yuanshou_ops.deployments import views

app_name = "deployments"
urlpatterns = [
    path("", views.deployments, name="deployments"),
    path("teams", views.teams, name="teams"),
    path("teams/add", views.add_team, name="add_team"),
    path("teams/<str:number>", views.team, name="team"),
    path("requests", views.requests, name="requests"),
    path("requests/add", views.ask, name="ask"),
    path("requests/<str:number>", views.request, name="request"),
    path("requests/<str:number>/propose", views.propose, name="propose"),
    path("requests/<str:number>/<str:step>", views.step_request, name="step_request"),
    path("<str:number>", views.deployment, name="deployment"),
    path("<str:number>/extend", views.extend, name="extend"),
    path("<str:number>/report", views.report, name="report"),
    path("<str:number>/<str:step>", views.step, name="step"),
]
