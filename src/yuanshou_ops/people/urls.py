from django.urls import path

from yuanshou_ops.people import views

app_name = "people"
urlpatterns = [
    path("", views.organisations, name="organisations"),
    path("me", views.me, name="me"),
    path("audit", views.audit, name="audit"),
    path("tokens", views.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke", views.token_revoke, name="token_revoke"),
    path("organisations/add", views.organisation_add, name="organisation_add"),
    path("organisations/<str:code>", views.organisation, name="organisation"),
    path("organisations/<str:code>/edit", views.organisation_edit, name="organisation_edit"),
    path("members/add", views.member_add, name="member_add"),
    path("members/<int:pk>/deactivate", views.member_deactivate, name="member_deactivate"),
    path("grants", views.grants, name="grants"),
    path("grants/propose", views.grant_propose, name="grant_propose"),
    path("grants/<int:pk>", views.grant, name="grant"),
    path("grants/<int:pk>/decide", views.grant_decide, name="grant_decide"),
    path("grants/<int:pk>/revoke", views.grant_revoke, name="grant_revoke"),
]
