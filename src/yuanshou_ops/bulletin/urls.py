from django.urls import path

from yuanshou_ops.bulletin import feeds, views

app_name = "bulletin"
urlpatterns = [
    path("", views.front, name="front"),
    path("situation", views.situation, name="situation"),
    path("account", views.account, name="account"),
    path("reports.atom", feeds.report_feed, name="report_feed"),
    path("alerts.atom", feeds.alert_feed, name="alert_feed"),
    path("read/<str:number>", views.read, name="read"),
    path("desk", views.reports, name="reports"),
    path("desk/write", views.write, name="write"),
    path("desk/comments", views.comments, name="comments"),
    path("desk/comments/<int:pk>/show", views.show_comment, name="show_comment"),
    path("desk/comments/<int:pk>/reject", views.reject_comment, name="reject_comment"),
    path("desk/editions", views.editions, name="editions"),
    path("desk/editions/propose", views.propose_edition, name="propose_edition"),
    path("desk/editions/<str:number>", views.edition, name="edition"),
    path("desk/editions/<str:number>/<str:step>", views.step_edition, name="step_edition"),
    path("desk/<str:number>", views.report, name="report"),
    path("desk/<str:number>/edit", views.edit, name="edit"),
    path("desk/<str:number>/<str:step>", views.step, name="step"),
]
