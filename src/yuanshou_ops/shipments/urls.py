from django.urls import path

from yuanshou_ops.shipments import views

app_name = "shipments"
urlpatterns = [
    path("", views.shipments, name="shipments"),
    path("add", views.shipment_add, name="shipment_add"),
    path("s/<str:number>", views.shipment, name="shipment"),
    path("s/<str:number>/milestone", views.milestone, name="milestone"),
    path("s/<str:number>/receive", views.shipment_receive, name="shipment_receive"),
    path("s/<str:number>/close", views.shipment_close, name="shipment_close"),
    path("s/<str:number>/code", views.shipment_code, name="shipment_code"),
    path("s/<str:number>/<str:step>", views.shipment_step, name="shipment_step"),
    path("discrepancies", views.discrepancies, name="discrepancies"),
    path("discrepancies/<int:pk>", views.discrepancy, name="discrepancy"),
    path("discrepancies/<int:pk>/<str:step>", views.discrepancy_step, name="discrepancy_step"),
]
