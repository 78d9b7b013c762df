from django.urls import path

from yuanshou_ops.requests import offer_views, views

app_name = "requests"
urlpatterns = [
    path("", views.requests, name="requests"),
    path("add", views.request_add, name="request_add"),
    path("r/<str:number>", views.aid_request, name="request"),
    path("r/<str:number>/edit", views.request_edit, name="request_edit"),
    path("r/<str:number>/submit", views.request_submit, name="request_submit"),
    path("r/<str:number>/answer", views.request_answer, name="request_answer"),
    path("r/<str:number>/withdraw", views.request_withdraw, name="request_withdraw"),
    path("r/<str:number>/close", views.request_close, name="request_close"),
    path("r/<str:number>/consignee", views.consignee_change_propose, name="consignee_change_propose"),
    path("consignee-changes/<int:pk>/decide", views.consignee_change_decide, name="consignee_change_decide"),
    path("consignees", views.consignees, name="consignees"),
    path("consignees/add", views.consignee_add, name="consignee_add"),
    path("consignees/<int:pk>", views.consignee, name="consignee"),
    path("consignees/<int:pk>/verify", views.consignee_verify, name="consignee_verify"),
    path("offers", offer_views.offers_list, name="offers"),
    path("offers/add", offer_views.offer_add, name="offer_add"),
    path("offers/lines/<int:pk>/vet", offer_views.line_vet, name="line_vet"),
    path("offers/o/<str:number>", offer_views.offer, name="offer"),
    path("offers/o/<str:number>/vet", offer_views.offer_vet, name="offer_vet"),
    path("offers/o/<str:number>/withdraw", offer_views.offer_withdraw, name="offer_withdraw"),
    path("commit/<int:pk>", offer_views.commit, name="commit"),
    path("commitments", offer_views.commitments, name="commitments"),
    path("commitments/<str:number>", offer_views.commitment, name="commitment"),
    path("commitments/<str:number>/post", offer_views.commitment_post, name="commitment_post"),
    path("commitments/<str:number>/void", offer_views.commitment_void, name="commitment_void"),
    path("money", offer_views.contributions, name="contributions"),
    path("money/pledge", offer_views.pledge, name="pledge"),
    path("money/<str:number>", offer_views.contribution, name="contribution"),
    path("money/<str:number>/<str:step>", offer_views.money_step, name="money_step"),
]
